"""The contract as data: JSON Schemas of every request and answer, and the contract's own examples."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).parent / "data" / "contract"
BASE = "https://connect-portal.example/schemas/"


@cache
def registry() -> Registry[Any]:
    """Return every schema, to be found by its `$id`."""
    texts = [json.loads(path.read_text()) for path in sorted((FOLDER / "schemas").glob("*.json"))]
    return Registry().with_resources([(text["$id"], Resource.from_contents(text)) for text in texts])


@cache
def validator(name: str) -> Draft202012Validator:
    """Return the validator of a schema, such as `ConnectorStaged.json` or `ConnectorUpdate.json#/$defs/setName`."""
    return Draft202012Validator({"$ref": BASE + name}, registry=registry())


def validate(name: str, data: object) -> None:
    """Fail with every difference between the data and the schema."""
    wrong = [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(data)]
    assert not wrong, f"{name}: " + "; ".join(wrong)


def examples() -> list[dict[str, str]]:
    """Return the rows `file`, `schema`, `what` of the contract's examples."""
    return list(json.loads((FOLDER / "examples" / "index.json").read_text()))


def example(file: str) -> Any:
    """Return one of the contract's examples."""
    return json.loads((FOLDER / "examples" / file).read_text())
