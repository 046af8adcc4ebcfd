"""Correlation ids."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from accounts.requests import correlation

pytestmark = pytest.mark.security


@pytest.mark.parametrize("given", ["a", "abc-123", "projects/acme-x.y_z:1+2=@", "x" * 256])
def test_given_id_is_kept_when_it_is_a_harmless_token(given: str) -> None:
    assert correlation.begin(given) == given
    assert correlation.current() == given


@pytest.mark.parametrize("given", [None, "", "x" * 257, "a b", "a\nb", "a\r\nX: y", "é", "\x00", "<script>"])
def test_any_other_is_replaced_by_a_new_one(given: str | None) -> None:
    value = correlation.begin(given)

    assert value != given
    assert uuid.UUID(value).version == 4


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/connectors/drafts", "/connectors/no/such", "/oauth/token", "/no-such-page"])
def test_answers_carry_the_id_of_their_request(path: str) -> None:
    client = Client(raise_request_exception=False)

    given = client.get(path, headers={"X-Correlation-ID": "abc-123"})
    made = client.get(path)

    assert given.headers["X-Correlation-ID"] == "abc-123"
    assert uuid.UUID(made.headers["X-Correlation-ID"])


@pytest.mark.django_db
def test_answer_to_an_unknown_host_carries_one_too() -> None:
    response = Client().get("/connectors/drafts", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert response.headers["X-Correlation-ID"]
