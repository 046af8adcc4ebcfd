"""Bad attempts at the token service, with bearer tokens and at the door: whom they keep waiting, and whom not."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from pytest_django import Settings

from accounts.limits.table import BAD_CREDENTIALS, UNKNOWN_CLIENTS
from accounts.models import ApiClient, Counter
from accounts.projects.clients import Credentials
from tests import factory
from tests.api import FORM, Answer, Api, basic, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.security]

GRANT = "grant_type=client_credentials"
PATHS = {"/oauth/token": GRANT, "/oauth/introspect": "token=x", "/oauth/token/revoke": "token=x"}
ADDRESS = "203.0.113.7"


@pytest.fixture(autouse=True)
def limits_on(settings: Settings) -> None:
    settings.RATE_LIMITS = True


@pytest.fixture
def good(db: None) -> Credentials:
    """Return a client that does nothing wrong."""
    return factory.api_client(factory.project("good"))


def ask(path: str, client_id: str = "", secret: str = "wrong", *, form: str = "", address: str = ADDRESS) -> Answer:
    headers = {"Authorization": basic(client_id, secret)} if client_id else {}
    body = form or PATHS[path]
    return Answer(Client(REMOTE_ADDR=address).post(path, body, content_type=FORM, headers=headers))


@pytest.mark.parametrize("path", PATHS)
def test_two_hundred_bad_requests_keep_no_good_client_behind_the_same_address_waiting(
    good: Credentials, path: str
) -> None:
    bad = factory.api_client(factory.project("bad"))
    statuses: set[int] = set()

    for n in range(70):
        statuses.add(ask(path, bad.client_id).status)
        statuses.add(ask(path, f"guess-{n}").status)
        statuses.add(ask(path).status)

    assert statuses == {401, 429}
    assert [ask(other, good.client_id, good.client_secret).status for other in PATHS] == [200] * 3
    assert ask(path, bad.client_id, bad.client_secret).status == 429
    assert ask(path, "guess-999").status == 429


def test_a_disabled_limit_of_the_library_keeps_nobody_waiting_at_introspection(good: Credentials) -> None:
    for n in range(65):
        ask("/oauth/introspect", f"guess-{n}")

    answers = [ask("/oauth/introspect", good.client_id, good.client_secret).status for _ in range(35)]

    assert answers == [200] * 35


def test_mistakes_of_one_client_count_for_it_alone_and_at_its_address(good: Credentials) -> None:
    for _ in range(BAD_CREDENTIALS.times):
        assert ask("/oauth/token", good.client_id).status == 401

    assert ask("/oauth/token", good.client_id, good.client_secret).status == 429
    assert ask("/oauth/token", good.client_id, good.client_secret, address="203.0.113.8").status == 200


def test_a_client_that_exists_uses_up_nothing_of_its_address(good: Credentials) -> None:
    others = [factory.api_client(factory.project(f"other-{n}")) for n in range(UNKNOWN_CLIENTS.times // 10 + 1)]
    for other in others:
        for _ in range(BAD_CREDENTIALS.times):
            ask("/oauth/token", other.client_id)

    assert ask("/oauth/token", "guess").status == 401


def test_names_that_nobody_has_keep_the_next_such_name_waiting(db: None) -> None:
    for n in range(UNKNOWN_CLIENTS.times):
        assert ask("/oauth/token", f"guess-{n}").status == 401

    refused = ask("/oauth/token", "another")

    assert refused.status == 429
    assert refused.headers["RateLimit-Policy"] == '"unknown-clients";q=60;w=60'
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert (refused.json["statusCode"], refused.json["error"]) == (429, "invalid_request")


def test_a_flood_of_wrong_bearer_tokens_keeps_no_good_one_waiting(good: Credentials) -> None:
    api = signed_in(good)

    wrong = {Api(f"wrong-{n}").get("/connectors/drafts").status for n in range(200)}

    assert wrong == {401}
    assert api.get("/connectors/drafts").status == 200


def sign_in(email: str, password: str = "wrong") -> int:
    return Client(REMOTE_ADDR=ADDRESS).post("/accounts/login/", {"login": email, "password": password}).status_code


def test_somebody_who_guesses_one_password_keeps_others_behind_the_same_address_out_of_nothing(db: None) -> None:
    user = factory.user("somebody@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    guesses = [sign_in("victim@example.com") for _ in range(25)]

    assert guesses == [200] * 5 + [429] * 20
    assert sign_in("somebody@example.com", factory.PASSWORD) == 302


def test_a_header_without_a_secret_counts_for_the_client_of_the_form(good: Credentials) -> None:
    victim = factory.api_client(factory.project("victim"))
    form = f"{GRANT}&client_id={good.client_id}&client_secret={good.client_secret}"

    given = ask("/oauth/token", victim.client_id, "", form=form)

    assert given.status == 200
    assert not Counter.objects.filter(key__contains=victim.client_id).exists()
    assert Counter.objects.filter(key__contains=good.client_id).exists()
    assert ApiClient.objects.get(client_id=victim.client_id).last_used_at is None


def test_guesses_of_a_password_count_together_whatever_host_is_named(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["portal.example"]
    factory.owner()
    guess = {"login": factory.owner().email, "password": "wrong"}

    statuses = [
        Client(REMOTE_ADDR=f"203.0.113.{n}", HTTP_HOST=f"portal.example:{n}")
        .post("/accounts/login/", guess)
        .status_code
        for n in range(1, 8)
    ]

    assert statuses == [200] * 5 + [429] * 2


def test_guesses_of_others_keep_nobody_from_confirming_their_password(client: Client) -> None:
    person = factory.owner()
    person.set_password("not-guessed-7")
    person.save()
    client.force_login(person)
    for n in range(7):
        Client(REMOTE_ADDR=f"203.0.113.{n}").post("/accounts/login/", {"login": person.email, "password": "wrong"})

    answer = client.post("/accounts/reauthenticate/", {"password": "not-guessed-7"})

    assert answer.status_code == 302
