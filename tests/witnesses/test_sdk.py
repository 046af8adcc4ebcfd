"""The official SDK, unchanged, with every method that it has for drafts and Connectors."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import contract
from tests.portal import Portal

pytestmark = pytest.mark.database

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def seen(witnessed: Portal, node_modules: Path) -> dict[str, Any]:
    """Run the script once and return what it saw."""
    environment = {
        **os.environ,
        "PORTAL_URL": witnessed.url,
        "CLIENT_ID": witnessed.client_id,
        "CLIENT_SECRET": witnessed.client_secret,
        "PROJECT_KEY": witnessed.project_key,
        "REPOSITORY_URL": "https://github.com/connector-demo/payment-connector.git",
        "REPOSITORY_TAG": "1.0.0",
    }
    done = subprocess.run(
        ["node", str(HERE / "sdk.mjs")], env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("name", ["created", "byId", "byKey", "renamed", "published"])
def test_a_draft_is_a_connector_staged(seen: dict[str, Any], name: str) -> None:
    contract.validate("ConnectorStaged.json", seen[name])


@pytest.mark.parametrize("name", ["connectorById", "connectorByKey"])
def test_a_published_one_is_a_connector(seen: dict[str, Any], name: str) -> None:
    contract.validate("Connector.json", seen[name])

    assert seen[name]["id"] == seen["created"]["id"]


def test_lists_are_pages(seen: dict[str, Any]) -> None:
    contract.validate("ConnectorStagedPagedQueryResponse.json", seen["query"])
    contract.validate("ConnectorSearchPagedQueryResponse.json", seen["search"])

    assert [row["id"] for row in seen["search"]["results"]] == [seen["created"]["id"]]


def test_the_correlation_id_comes_back(seen: dict[str, Any]) -> None:
    assert seen["correlationId"] == "witness-1"


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("stale", 409, "ConcurrentModification"),
        ("unknown", 404, "ResourceNotFound"),
        ("duplicate", 400, "DuplicateField"),
        ("invalid", 400, "InvalidJsonInput"),
        ("commented", 400, "InvalidOperation"),
    ],
)
def test_a_refusal_reaches_the_caller_as_an_error_response(
    seen: dict[str, Any], name: str, status: int, code: str
) -> None:
    refusal = seen[name]

    contract.validate("ErrorResponse.json", refusal["body"])

    assert refusal["statusCode"] == status
    assert refusal["body"]["errors"][0]["code"] == code
