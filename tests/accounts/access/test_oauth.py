"""The token service: what it grants, what it refuses, and how it says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts import actors
from accounts.access.oauth import ApiSecretHasher
from accounts.models import ApiClient
from accounts.projects import clients
from accounts.projects.clients import Credentials
from config import settings as production
from tests import contract, factory
from tests.api import FORM, Answer, Api, basic, known_codes, signed_in, token, token_request

pytestmark = pytest.mark.security
GRANT = {"grant_type": "client_credentials"}
ALL = "manage_project:acme"


@pytest.fixture
def client_(db: None) -> Credentials:
    """Return an API client of the Project acme that may do everything."""
    return factory.api_client()


def post(path: str, *, auth: str = "", content_type: str = FORM, body: str | None = None, **fields: str) -> Answer:
    """Send a form to the token service and compare what comes back with the contract."""
    response = Client(enforce_csrf_checks=True, raise_request_exception=False).generic(
        "POST",
        path,
        urlencode(fields) if body is None else body,
        content_type=content_type,
        headers={"Authorization": auth} if auth else {},
    )
    return compared(path, response)


def compared(path: str, response: HttpResponse) -> Answer:
    """Return the answer after the checks that hold for all of them."""
    answer = Answer(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Correlation-ID"]
    if answer.status >= 400:
        contract.validate("ErrorResponse.json", answer.json)
        assert answer.json["statusCode"] == answer.status
        assert answer.json["error"]
        assert answer.json["error_description"]
        assert set(answer.codes) <= set(known_codes())
    elif path == "/oauth/token":
        contract.validate("TokenResponse.json", answer.json)
    elif path == "/oauth/introspect":
        contract.validate("IntrospectionResponse.json", answer.json)
    return answer


def authorization(credentials: Credentials) -> str:
    """Return the Basic header of an API client."""
    return basic(credentials.client_id, credentials.client_secret)


class TestToken:
    def test_without_scope_gets_all_scopes_of_the_client(self, db: None) -> None:
        credentials = factory.api_client(scopes=["manage_connectors", "view_connectors"])

        answer = compared("/oauth/token", token_request(credentials))

        assert answer.status == 200
        assert answer.json["token_type"] == "Bearer"
        assert answer.json["scope"] == "manage_connectors:acme view_connectors:acme"
        assert answer.json["expires_in"] == 3600

    def test_empty_parameter_counts_as_left_out(self, client_: Credentials) -> None:
        """RFC 6749, 3.2"""
        answer = compared("/oauth/token", token_request(client_, scope="", client_id=""))

        assert (answer.status, answer.json["scope"]) == (200, ALL)

    def test_credentials_in_the_form_work_too(self, client_: Credentials) -> None:
        fields = {"client_id": client_.client_id, "client_secret": client_.client_secret}

        answer = post("/oauth/token", **GRANT, **fields)

        assert answer.status == 200

    @pytest.mark.parametrize("scope", [ALL, "manage_connectors:acme", "view_connectors:acme"])
    def test_scope_that_the_clients_own_includes_is_granted_alone(self, scope: str, client_: Credentials) -> None:
        answer = compared("/oauth/token", token_request(client_, scope=scope))

        assert answer.json["scope"] == scope

    def test_several_scopes_with_unencoded_colons_and_spaces_are_read(self, client_: Credentials) -> None:
        answer = compared("/oauth/token", token_request(client_, scope=f"{ALL} view_connectors:acme"))

        assert set(answer.json["scope"].split()) == {ALL, "view_connectors:acme"}

    @pytest.mark.parametrize(
        "scope", ["manage_project:other", "manage_products:acme", "manage_project", f"{ALL} view_connectors:other"]
    )
    def test_scope_that_the_client_does_not_have_is_invalid_scope(self, scope: str, client_: Credentials) -> None:
        factory.project("other")

        answer = compared("/oauth/token", token_request(client_, scope=scope))

        assert (answer.status, answer.codes, answer.json["error"]) == (400, ["invalid_scope"], "invalid_scope")

    def test_wider_scope_than_the_clients_own_is_invalid_scope(self, db: None) -> None:
        narrow = factory.api_client(scopes=["view_connectors"])

        answer = compared("/oauth/token", token_request(narrow, scope=ALL))

        assert (answer.status, answer.codes) == (400, ["invalid_scope"])

    @pytest.mark.parametrize("secret", ["wrong", "", "x\x00", "é"])
    def test_wrong_secret_is_401_with_a_basic_challenge(self, secret: str, client_: Credentials) -> None:
        answer = post("/oauth/token", auth=basic(client_.client_id, secret), **GRANT)

        assert (answer.status, answer.codes, answer.json["error"]) == (401, ["invalid_client"], "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")

    @pytest.mark.parametrize("auth", [basic("a\x00b", "x"), basic("\x00", "\x00")])
    def test_nul_in_basic_credentials_is_401_with_a_challenge(self, auth: str, db: None) -> None:
        answer = post("/oauth/token", auth=auth, **GRANT)

        assert (answer.status, answer.codes, answer.json["error"]) == (401, ["invalid_client"], "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")

    @pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/token/revoke"])
    @pytest.mark.parametrize("field", ["client_id", "client_secret"])
    def test_nul_in_the_credentials_of_the_form_is_401(self, path: str, field: str, client_: Credentials) -> None:
        sent = {"client_id": client_.client_id, "client_secret": client_.client_secret, "token": "x"}

        answer = post(path, **GRANT, **{**sent, field: "a\x00b"})

        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")

    def test_wrong_secret_in_the_form_is_401_too(self, client_: Credentials) -> None:
        answer = post("/oauth/token", **GRANT, client_id=client_.client_id, client_secret="wrong")

        assert (answer.status, answer.codes) == (401, ["invalid_client"])

    @pytest.mark.parametrize(
        "auth",
        [
            "",
            "Basic",
            "Basic !!!",
            "Basic /w==",
            "Basic ²",
            "Basic Zé=",
            "Bearer x",
            basic("nobody", "x"),
            basic("", ""),
            "Basic Og==",
        ],
    )
    def test_without_readable_credentials_is_401(self, auth: str, db: None) -> None:
        answer = post("/oauth/token", auth=auth, **GRANT)

        assert (answer.status, answer.codes) == (401, ["invalid_client"])

    @pytest.mark.parametrize("grant", ["password", "refresh_token", "authorization_code", "", "x" * 5000, "é"])
    def test_other_grant_types_are_refused(self, grant: str, client_: Credentials) -> None:
        answer = post("/oauth/token", auth=authorization(client_), grant_type=grant)

        assert answer.status == 400
        assert answer.json["error"] in {"unsupported_grant_type", "invalid_request", "unauthorized_client"}

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
    @pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/token/revoke"])
    def test_other_methods_are_405(self, method: str, path: str, db: None) -> None:
        answer = compared(path, Client().generic(method, path))

        assert answer.status == 405
        assert answer.headers["Allow"] == "POST"

    @pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
    def test_other_content_types_are_refused(self, content_type: str, client_: Credentials) -> None:
        answer = post("/oauth/token", auth=authorization(client_), content_type=content_type, body="{}")

        assert (answer.status, answer.codes) == (400, ["invalid_request"])

    @pytest.mark.parametrize("query", ["?grant_type=client_credentials", "?a=%zz", "?%00"])
    def test_parameters_in_the_url_are_refused(self, query: str, client_: Credentials) -> None:
        answer = post(f"/oauth/token{query}", auth=authorization(client_), **GRANT)

        assert (answer.status, answer.codes) == (400, ["invalid_request"])

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "a=%zz",
            "grant_type=client_credentials&scope=%00",
            "grant_type=client_credentials&scope=%ff",
            "=&=&==",
            "grant_type=client_credentials&grant_type=x",
            "grant_type=client_credentials&resource=foo",
            "grant_type=client_credentials&resource=https://example.com",
            "grant_type=client_credentials&scope=" + "a" * 100_000,
            "&".join(f"a{n}=1" for n in range(2000)),
        ],
    )
    def test_hostile_forms_are_refused(self, body: str, client_: Credentials) -> None:
        answer = post("/oauth/token", auth=authorization(client_), body=body)

        assert answer.status == 400

    def test_form_over_1_mb_is_413(self, client_: Credentials) -> None:
        answer = post("/oauth/token", auth=authorization(client_), body="a=" + "A" * 1_100_000)

        assert answer.status == 413

    def test_other_charset_is_refused(self, client_: Credentials) -> None:
        answer = post("/oauth/token", auth=authorization(client_), content_type=f"{FORM}; charset=utf-7", **GRANT)

        assert answer.status == 400

    def test_is_noted_as_the_last_use_of_the_client(self, client_: Credentials) -> None:
        assert client_.api_client.last_used_at is None

        token(client_)

        assert ApiClient.objects.get().last_used_at is not None

    def test_disabled_client_gets_no_token(self, client_: Credentials) -> None:
        clients.disable(client_.api_client, by=actors.system("test"))

        answer = compared("/oauth/token", token_request(client_))

        assert (answer.status, answer.codes) == (401, ["invalid_client"])

    def test_old_secret_of_a_rotated_client_is_worthless_and_the_new_one_works(self, client_: Credentials) -> None:
        rotated = clients.rotate(client_.api_client, by=actors.system("test"))

        assert compared("/oauth/token", token_request(client_)).status == 401
        assert compared("/oauth/token", token_request(rotated)).status == 200

    def test_is_stored_only_as_a_hash(self, client_: Credentials) -> None:
        value = token(client_)

        stored = client_.api_client.client.token_set.get()
        assert value not in str(vars(stored))
        assert client_.client_secret not in str(vars(client_.api_client.client))


class TestFailedAttempts:
    @pytest.fixture(autouse=True)
    def limits_on(self, settings: Settings) -> None:
        settings.RATE_LIMITS = True

    def test_the_eleventh_in_a_minute_waits_even_with_the_right_secret(self, client_: Credentials) -> None:
        wrong = basic(client_.client_id, "wrong")
        statuses = [post("/oauth/token", auth=wrong, **GRANT).status for _ in range(10)]

        answer = compared("/oauth/token", token_request(client_))

        assert statuses == [401] * 10
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 61

    def test_other_clients_go_on_and_the_minute_ends(self, client_: Credentials) -> None:
        other = factory.api_client(factory.project("other"))
        start = datetime.now(tz=UTC)
        for _ in range(10):
            post("/oauth/token", auth=basic(client_.client_id, "wrong"), **GRANT)

        assert compared("/oauth/token", token_request(other)).status == 200
        with time_machine.travel(start + timedelta(seconds=62)):
            assert compared("/oauth/token", token_request(client_)).status == 200

    @pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/token/revoke"])
    def test_count_at_the_other_endpoints_too(self, path: str, client_: Credentials) -> None:
        wrong = basic(client_.client_id, "wrong")
        for _ in range(10):
            post(path, auth=wrong, token="x")

        answer = compared("/oauth/token", token_request(client_))

        assert answer.status == 429

    def test_sixty_with_ever_new_names_stop_the_address(self, db: None) -> None:
        for n in range(60):
            post("/oauth/token", auth=basic(f"guess-{n}", "wrong"), **GRANT)

        answer = post("/oauth/token", auth=basic("guess-60", "wrong"), **GRANT)

        assert answer.status == 429

    def test_very_long_client_id_is_counted_like_any_other(self, db: None) -> None:
        long = basic("é" * 3000, "wrong")

        statuses = [post("/oauth/token", auth=long, **GRANT).status for _ in range(11)]

        assert statuses == [401] * 10 + [429]

    def test_limits_can_be_turned_off(self, client_: Credentials, settings: Settings) -> None:
        settings.RATE_LIMITS = False
        for _ in range(12):
            post("/oauth/token", auth=basic(client_.client_id, "wrong"), **GRANT)

        assert compared("/oauth/token", token_request(client_)).status == 200


class TestIntrospect:
    def test_own_token_is_active_with_scope_client_and_expiry(self, client_: Credentials) -> None:
        answer = post("/oauth/introspect", auth=authorization(client_), token=token(client_))

        assert answer.status == 200
        assert answer.json["active"] is True
        assert (answer.json["scope"], answer.json["client_id"]) == (ALL, client_.client_id)

    def test_unknown_revoked_and_foreign_tokens_are_inactive_and_say_no_more(self, client_: Credentials) -> None:
        revoked, foreign = token(client_), token(factory.api_client(factory.project("other")))
        post("/oauth/token/revoke", auth=authorization(client_), token=revoked)

        answers = [
            post("/oauth/introspect", auth=authorization(client_), token=value)
            for value in ("unknown", revoked, foreign)
        ]

        assert [(answer.status, answer.json) for answer in answers] == [(200, {"active": False})] * 3

    def test_expired_token_is_inactive(self, client_: Credentials) -> None:
        value = token(client_)

        with time_machine.travel(datetime.now(tz=UTC) + timedelta(seconds=3601)):
            answer = post("/oauth/introspect", auth=authorization(client_), token=value)

        assert answer.json == {"active": False}

    def test_without_credentials_is_401(self, client_: Credentials) -> None:
        answer = post("/oauth/introspect", token=token(client_))

        assert (answer.status, answer.codes) == (401, ["invalid_client"])


class TestRevoke:
    def test_token_is_refused_at_once(self, client_: Credentials) -> None:
        value = token(client_)
        assert Api(value).get("/connectors/drafts").status == 200

        answer = post("/oauth/token/revoke", auth=authorization(client_), token=value)

        assert answer.status == 200
        assert Api(value).get("/connectors/drafts").status == 401

    @pytest.mark.parametrize("value", ["unknown", "x" * 5000, "é"])
    def test_unknown_token_is_a_success_too(self, value: str, client_: Credentials) -> None:
        answer = post("/oauth/token/revoke", auth=authorization(client_), token=value)

        assert answer.status == 200

    def test_token_of_another_client_stays_valid(self, client_: Credentials) -> None:
        foreign = token(factory.api_client(factory.project("other")))

        answer = post("/oauth/token/revoke", auth=authorization(client_), token=foreign)

        assert answer.status == 200
        assert Api(foreign).get("/connectors/drafts").status == 200

    def test_without_credentials_is_401_and_revokes_nothing(self, client_: Credentials) -> None:
        value = token(client_)

        answer = post("/oauth/token/revoke", token=value)

        assert answer.status == 401
        assert Api(value).get("/connectors/drafts").status == 200

    def test_without_a_token_is_400(self, client_: Credentials) -> None:
        answer = post("/oauth/token/revoke", auth=authorization(client_))

        assert (answer.status, answer.codes) == (400, ["invalid_request"])


class TestSecretHasher:
    def test_verifies_the_secret_and_no_other(self) -> None:
        hasher = ApiSecretHasher()
        encoded = hasher.encode("quite-random", hasher.salt())

        assert hasher.verify("quite-random", encoded)
        assert not hasher.verify("Quite-random", encoded)
        assert "quite-random" not in encoded

    def test_is_never_chosen_for_the_password_of_a_person(self) -> None:
        first, *_others = production.PASSWORD_HASHERS

        assert first == "django.contrib.auth.hashers.PBKDF2PasswordHasher"


def test_signed_in_caller_reads_its_drafts(client_: Credentials) -> None:
    assert signed_in(client_).get("/connectors/drafts").status == 200
