"""How the code is laid out: small folders, and names that mean one thing."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath

import pytest

from tests.root import ROOT
from tests.test_repository import tracked

FLOORS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["root_packages"]
MOST = 15
"""Modules of one folder: more than that is not read at a glance."""

TWICE = {
    "CheckResult": "the validator's value, and the row that keeps it",
    "Finding": "the validator's value, and the row that keeps it",
    "Deliveries": "what the validator asks for, and what the portal gives it",
}
"""Names of classes that two floors may have, with the reason: they are one thing."""


@cache
def modules() -> tuple[PurePosixPath, ...]:
    """Return our modules; migrations and the connectors of the demo are not read as the rest is."""
    paths = (PurePosixPath(name) for name in tracked() if name.endswith(".py"))
    ours = (path for path in paths if path.parts[0] in FLOORS)
    return tuple(p for p in ours if "migrations" not in p.parts and p.parts[:3] != ("devtools", "demo", "connectors"))


def tree_of(path: PurePosixPath) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def test_no_folder_has_too_many_modules() -> None:
    sizes = Counter(path.parent for path in modules() if path.name != "__init__.py")

    assert len(sizes) > 30
    assert {str(folder): size for folder, size in sizes.items() if size > MOST} == {}


@pytest.mark.parametrize("floor", FLOORS)
def test_no_module_is_named_like_one_of_the_standard_library(floor: str) -> None:
    names = {part for path in modules() if path.parts[0] == floor for part in (*path.parts[1:-1], path.stem)}

    assert names & sys.stdlib_module_names == set()


def test_no_function_is_called_of() -> None:
    assert [str(path) for path in modules() if "of" in functions(tree_of(path))] == []


def test_no_two_floors_call_different_things_by_one_name() -> None:
    found = defaultdict(set)
    for path in modules():
        for node in tree_of(path).body:
            # A command of `manage.py` has to be a class Command, a check says what it looks for in private.
            if isinstance(node, ast.ClassDef) and not re.match(r"_|Command$", node.name):
                found[node.name].add(path.parts[0])

    assert {name: sorted(floors) for name, floors in found.items() if len(floors) > 1}.keys() == TWICE.keys()
