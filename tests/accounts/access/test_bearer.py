"""Bearer tokens of API requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.access import bearer
from accounts.projects.clients import Credentials
from tests import factory
from tests.api import FORM, Api, signed_in, token

pytestmark = pytest.mark.security

DRAFTS = "/connectors/drafts"


@pytest.fixture
def credentials(db: None) -> Credentials:
    """Return an API client of a Project in europe-west1.gcp."""
    return factory.api_client()


def test_valid_token_speaks_for_its_client_and_project(credentials: Credentials) -> None:
    principal = bearer.principal_of(token(credentials, scope="view_connectors:acme"))

    assert principal is not None
    assert (principal.client_id, principal.project.key) == (credentials.client_id, "acme")
    assert principal.project.identifier == "europe-west1.gcp:acme"
    assert principal.can_read()
    assert not principal.can_write()
    assert principal.actor.public_name == "acme"


def test_token_costs_one_query(credentials: Credentials, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    value = token(credentials)

    with django_assert_num_queries(1):
        bearer.principal_of(value)


@pytest.mark.parametrize("value", ["", "x", "\x00", "\ud800", "é" * 10_000])
def test_unknown_token_speaks_for_nobody(value: str, db: None) -> None:
    assert bearer.principal_of(value) is None


def test_token_is_worthless_the_moment_it_expires(credentials: Credentials) -> None:
    start = datetime.now(tz=UTC)
    with time_machine.travel(start, tick=False):
        value = token(credentials)

    with time_machine.travel(start + timedelta(seconds=3599), tick=False):
        assert bearer.principal_of(value)
    with time_machine.travel(start + timedelta(seconds=3600), tick=False):
        assert bearer.principal_of(value) is None


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic eDp5", "Token x", "Bearer \x00", "bearer x y", "Bearer é"]
)
def test_other_authorization_is_401_with_a_bearer_challenge(header: str, db: None) -> None:
    answer = Api().get(DRAFTS, Authorization=header)

    assert (answer.status, answer.codes) == (401, ["invalid_token"])
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="connect", error="invalid_token"'


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_is_read_in_any_case(scheme: str, credentials: Credentials) -> None:
    answer = Api().get(DRAFTS, Authorization=f"{scheme} {token(credentials)}")

    assert answer.status == 200


def test_missing_scope_is_403_with_its_challenge(db: None) -> None:
    reader = signed_in(factory.api_client(scopes=["view_connectors"]))

    answer = reader.post(DRAFTS, factory.body())

    assert (answer.status, answer.codes) == (403, ["insufficient_scope"])
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


class TestRegion:
    @pytest.fixture(autouse=True)
    def hosts(self, settings: Settings) -> None:
        settings.ALLOWED_HOSTS = [".example.com"]

    @pytest.mark.parametrize(
        ("host", "region"),
        [
            ("connect.europe-west1.gcp.example.com", "europe-west1.gcp"),
            ("connect.europe-west1.gcp.example.com:8443", "europe-west1.gcp"),
            ("CONNECT.US-EAST-2.AWS.example.com", "us-east-2.aws"),
            ("europe-west1.gcp.example.com", "europe-west1.gcp"),
            ("connect.example.com", None),
            ("connect.europe-west1.example.com", None),
            ("noteurope-west1.gcp.example.com", None),
            ("127.0.0.1:8000", None),
            ("[::1]:8000", None),
        ],
    )
    def test_is_read_from_the_host(self, host: str, region: str | None) -> None:
        assert bearer.region_of_host(host) == region

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("connect.europe-west1.gcp.example.com", 200),
            ("connect.us-central1.gcp.example.com", 401),
            ("connect.example.com", 200),
        ],
    )
    def test_of_another_host_makes_the_token_invalid(self, host: str, status: int, credentials: Credentials) -> None:
        value = token_at("connect.example.com", credentials)

        answer = Api(value).get(DRAFTS, Host=host)

        assert answer.status == status


def token_at(host: str, credentials: Credentials) -> str:
    """Return a token that was asked for at a host."""
    response = Client().post(
        "/oauth/token",
        f"grant_type=client_credentials&client_id={credentials.client_id}&client_secret={credentials.client_secret}",
        content_type=FORM,
        headers={"Host": host},
    )
    return str(response.json()["access_token"])
