"""The OpenAPI document as data: what it names is what the API knows."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from connectors import errors
from connectors.drafts import actions
from tests import contract

KEYED = ("ConnectorStagedDraft", "ConnectorStaged", "Connector")
EXAMPLES = [row for row in contract.examples() if row["file"].startswith("action.")]


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    """Return the document as clients get it."""
    return dict(client.get("/api/schema", headers={"Accept": "application/json"}).json())


def test_every_update_action_is_in_the_union_under_its_name(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    union = schemas["ConnectorUpdateAction"]
    mapping = union["discriminator"]["mapping"]

    named = {ref.rpartition("/")[2]: name for name, ref in mapping.items()}

    assert mapping.keys() == actions.REGISTRY.keys()
    assert {branch["$ref"] for branch in union["oneOf"]} == set(mapping.values())
    assert {component: schemas[component]["properties"]["action"]["const"] for component in named} == named
    assert all("action" in schemas[component]["required"] for component in named)


def test_keys_have_the_length_of_the_contract_wherever_they_are_given(document: dict[str, Any]) -> None:
    drafts = document["paths"]["/connectors/drafts/key={key}"]
    parameters = [drafts[method]["parameters"] for method in ("get", "post", "delete")]
    searched = document["paths"]["/connectors/search"]["get"]["parameters"]
    given = [
        *(document["components"]["schemas"][name]["properties"]["key"] for name in KEYED),
        *(row["schema"] for rows in parameters for row in rows if row["name"] == "key"),
        *(row["schema"]["items"] for row in searched if row["name"] == "key"),
    ]

    assert len(given) == 7
    assert {(schema["minLength"], schema["maxLength"]) for schema in given} == {(2, 256)}


def test_errors_name_every_code_of_ours(document: dict[str, Any]) -> None:
    known = set(document["components"]["schemas"]["ErrorCode"]["enum"])

    assert errors.codes() <= known
    assert {
        "ConnectorStagedInCertification",
        "ConnectorAlreadyCertified",
        "ConnectorStagedNotPrivate",
        "ConnectorStagedPreviewRequestUnderProcess",
    } <= known


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["file"])
def test_every_action_of_the_contract_fits_the_union(row: dict[str, str], document: dict[str, Any]) -> None:
    validator = Draft202012Validator({"$ref": "#/components/schemas/ConnectorUpdateAction", **document})

    assert [error.message for error in validator.iter_errors(contract.example(row["file"]))] == []


def test_every_operation_names_the_errors_that_no_caller_is_safe_from(document: dict[str, Any]) -> None:
    operations = {
        f"{method} {path}": set(operation["responses"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "post", "delete"}
    }

    assert len(operations) > 15
    assert {name: found for name, found in operations.items() if not {"400", "401", "500"} <= found} == {}
    assert {name for name, found in operations.items() if name.startswith("post") and "413" not in found} == set()
