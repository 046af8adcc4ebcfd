"""What every answer carries, and what the API's answers are spared."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factory
from tests.api import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def test_answer_of_the_api_has_its_length_and_the_headers_of_a_document_without_content() -> None:
    api = signed_in(factory.api_client())

    answer = api.get("/connectors/drafts")

    assert answer.headers["Content-Length"] == str(len(answer.text.encode()))
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_request_of_the_api_touches_no_session(client: Client) -> None:
    client.force_login(factory.owner())
    session = client.session.session_key

    answer = client.get("/connectors/drafts")

    assert answer.status_code == 401
    assert not answer.cookies
    assert client.session.session_key == session


def test_api_refuses_a_host_name_that_is_not_served(client: Client) -> None:
    answer = client.get("/connectors/drafts", headers={"host": "elsewhere.example"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "General"


def test_unknown_path_of_the_api_passes_the_correlation_id_back(client: Client) -> None:
    answer = client.get("/connectors/a/b/c", headers={"x-correlation-id": "shop-1"})

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "ResourceNotFound"
    assert answer.headers["X-Correlation-ID"] == "shop-1"


def test_page_keeps_the_policy_of_pages(client: Client) -> None:
    answer = client.get("/accounts/login/")

    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
