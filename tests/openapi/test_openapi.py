"""The OpenAPI document against the API: every operation fuzzed, then chains of operations."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.specs.openapi.checks import positive_data_acceptance

from config.wsgi import application
from connectors.models import ConnectorStaged
from tests import api, factory

REFUSED_FOR_ITS_STATE = {
    "DuplicateField",
    "InvalidOperation",
    "ConnectorAlreadyCertified",
    "ConnectorStagedInCertification",
    "ConnectorStagedNotPrivate",
    "ConnectorStagedPreviewRequestUnderProcess",
    "invalid_scope",
}
"""The contract answers 400 to a request that is valid by its schema when the draft's state does not allow it."""

NAME = r"[A-Za-z0-9_]{1,20}/[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}[A-Za-z0-9](\.git)?"
FORMATS = {
    "repository-url": rf"\A(https://github\.com/|git@github\.com:|ssh://git@github\.com/){NAME}\Z",
    "git-tag": r"\A[A-Za-z0-9_][A-Za-z0-9_-]{0,20}(\.[0-9]{1,3}){0,3}\Z",
    "web-link": r"\Ahttps?://[a-z0-9]{1,20}\.example/[a-z0-9/]{0,20}\Z",
    "email": r"\A[a-z0-9]{1,20}@[a-z0-9]{1,20}\.example\Z",
}
for name, pattern in FORMATS.items():
    schemathesis.openapi.format(name, st.from_regex(pattern, fullmatch=True))

FEW = settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))

schema = schemathesis.openapi.from_wsgi("/api/schema", application)
pytestmark = pytest.mark.django_db


class OneConnection(AbstractContextManager[None]):
    """Keeps the connection of the test's transaction open between requests, as Django's own test client does."""

    def __enter__(self) -> None:
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)

    def __exit__(self, *_: object) -> None:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def headers() -> dict[str, str]:
    """Return the headers of a client with every scope."""
    return {"Authorization": f"Bearer {api.token(factory.api_client())}"}


def excluded(response: Any) -> list[Any]:
    """Return the check that cannot know the draft's state, where the answer names the state as its reason."""
    if response.status_code != 400:
        return []
    codes = {error["code"] for error in response.json()["errors"]}
    return [positive_data_acceptance] if codes <= REFUSED_FOR_ITS_STATE else []


@schema.parametrize()
@FEW
def test_every_operation_keeps_its_description(case: Any, headers: dict[str, str]) -> None:
    with OneConnection():
        response = case.call(headers=headers)

    case.validate_response(response, excluded_checks=excluded(response))


def test_chains_of_operations_keep_the_description(headers: dict[str, str]) -> None:
    base = schema.as_state_machine()

    class Chains(base):  # type: ignore[misc, valid-type]
        def setup(self) -> None:
            """Begin each chain without what the last one left."""
            ConnectorStaged.objects.all().delete()

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers}

        def validate_response(self, response: Any, case: Any, **kwargs: Any) -> None:
            case.validate_response(response, excluded_checks=excluded(response))

    with OneConnection():
        run_state_machine_as_test(Chains, settings=settings(FEW, max_examples=15, stateful_step_count=8))


def test_the_description_has_a_page_that_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs")

    assert page.status_code == 200
    assert b"swagger-ui" in page.content
    assert b"https://" not in page.content
