"""Signing in with GitHub, against a server on this machine in GitHub's place."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.access import github as portal_github
from accounts.models import User
from tests import factory, outside
from tests.accounts.conftest import ADDRESS, GitHub
from tests.second_factors import connect_app
from tests.worker import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.security]

OPENED = "/accounts/github/login/?next=/projects"
CALLBACK = "/accounts/github/login/callback/"


def asked_for(client: Client) -> dict[str, str]:
    """Press Continue and return what the browser is sent to GitHub with."""
    answer = client.post(OPENED)
    assert answer.status_code == 302
    target = urlsplit(answer["Location"])
    assert (target.netloc, target.path) == ("github.com", "/login/oauth/authorize")
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def come_back(client: Client, **query: str) -> Any:
    """Come back from GitHub with the state of this browser and a code, or with something else."""
    return client.get(CALLBACK, {"state": asked_for(client)["state"], **(query or {"code": "once"})})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def connected(person: User) -> User:
    """Return a person whose account is connected with GitHub's."""
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    SocialAccount.objects.create(user=person, provider="github", uid="583231")
    return person


def test_a_new_person_comes_in_with_the_address_that_github_verified(github: GitHub, client: Client) -> None:
    query = asked_for(client)

    answer = client.get(CALLBACK, {"state": query["state"], "code": "once"})

    assert query["scope"] == "user:email"
    assert query["redirect_uri"] == f"http://testserver{CALLBACK}"
    assert (answer.status_code, answer["Location"]) == (302, "/projects")
    person = User.objects.get()
    assert (person.email, person.name, person.role) == (ADDRESS, "Octo Cat", "")
    assert not person.has_usable_password()
    assert EmailAddress.objects.get(user=person).verified
    assert signed_in(client)
    (path, told), profile, emails = github.asked
    form = parse_qs(told)
    assert (path, form["code"], form["client_secret"]) == ("/token", ["once"], ["hush"])
    assert [profile, emails] == [("/user", "token gho_test"), ("/emails", "token gho_test")]


def test_a_code_is_worth_nothing_without_the_verifier_of_this_browser(github: GitHub, client: Client) -> None:
    first, second = asked_for(Client()), asked_for(client)

    client.get(CALLBACK, {"state": second["state"], "code": "once"})

    verifier = parse_qs(github.asked[0][1])["code_verifier"][0]
    # RFC 7636: 43 to 128 unreserved characters, and their SHA-256 as base64url without padding.
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert (second["code_challenge"], second["code_challenge_method"]) == (challenge, "S256")
    assert first["code_challenge"] != second["code_challenge"]
    assert verifier not in str(second)


@pytest.mark.parametrize(
    ("given", "login", "name"),
    [
        ("Octo Cat", "octo", "Octo Cat"),
        ("  Octo \t\n Cat ", "octo", "Octo Cat"),
        ("Zoë Müller-Łukasz 陳", "zoe", "Zoë Müller-Łukasz 陳"),
        ("Rita\u202e\u200b R", "rita", "Rita R"),
        ("x" * 300, "long", "x" * 256),
        ("x" * 255 + " y", "long", "x" * 255),
        (None, "octo", "octo"),
        ("", "octo", "octo"),
        ("\u200b \u202e", "octo", "octo"),
        (None, None, ""),
        (None, 7, ""),
    ],
)
def test_a_new_person_is_called_as_at_github(
    github: GitHub, client: Client, given: str | None, login: Any, name: str
) -> None:
    github.answer("/user", {"id": 583231, "login": login, "name": given, "email": None})

    come_back(client)

    assert User.objects.get().name == name
    assert client.get(reverse("profile")).context["form"]["name"].value() == name


def test_a_person_who_still_has_to_give_an_address_keeps_the_name(github: GitHub, client: Client) -> None:
    github.answer("/emails", [])
    come_back(client)

    client.post(reverse("socialaccount_signup"), {"email": "octo@elsewhere.example"})

    assert User.objects.get(email="octo@elsewhere.example").name == "Octo Cat"


def test_the_same_person_comes_in_again_though_the_address_changed(github: GitHub, client: Client) -> None:
    person = connected(factory.owner())

    come_back(client)

    assert client.session["_auth_user_id"] == str(person.pk)
    assert User.objects.get().name == "Olive Owner"


@pytest.mark.parametrize("verified_there", [True, False])
@pytest.mark.parametrize("verified_here", [True, False])
def test_an_address_that_an_account_has_opens_nothing_and_its_owner_is_told(
    github: GitHub, client: Client, verified_here: bool, verified_there: bool
) -> None:
    person = factory.user(ADDRESS)
    EmailAddress.objects.create(user=person, email=ADDRESS, verified=verified_here, primary=True)
    github.answer("/emails", [{"email": ADDRESS, "primary": True, "verified": verified_there}])

    answer = come_back(client)

    # The same answer as for an unknown address that is still to be confirmed.
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_email_verification_sent"))
    assert not signed_in(client)
    assert not SocialAccount.objects.exists()
    assert User.objects.get() == person
    work_off()
    (message,) = mail.outbox
    assert message.to == [ADDRESS]


def test_an_address_that_github_did_not_verify_is_confirmed_by_mail_first(github: GitHub, client: Client) -> None:
    github.answer("/emails", [{"email": ADDRESS, "primary": True, "verified": False}])

    answer = come_back(client)

    assert (answer.status_code, answer["Location"]) == (302, reverse("account_email_verification_sent"))
    assert not signed_in(client)
    assert not EmailAddress.objects.get(email=ADDRESS).verified
    work_off()
    (message,) = mail.outbox
    assert message.to == [ADDRESS]
    assert "/accounts/confirm-email/" in message.body


@pytest.mark.parametrize(("status", "addresses"), [(200, []), (404, {"message": "Not Found"})])
def test_without_an_address_the_portal_asks_for_one(
    github: GitHub, client: Client, status: int, addresses: Any
) -> None:
    github.answer("/emails", addresses, status=status)

    answer = come_back(client)

    assert (answer.status_code, answer["Location"]) == (302, reverse("socialaccount_signup"))
    assert "Enter the email address for your account." in client.get(answer["Location"]).content.decode()
    assert not User.objects.exists()


def test_who_says_no_at_github_is_told_that_nothing_changed(github: GitHub, client: Client) -> None:
    answer = come_back(client, error="access_denied")

    page = client.get(answer["Location"]).content.decode()
    assert "Nothing has changed" in page
    assert reverse("account_login") in page
    assert not github.asked


@pytest.mark.parametrize(
    ("path", "body", "more"),
    [
        ("/token", {"error": "bad_verification_code"}, {}),
        ("/token", {"access_token": "gho_test", "expires_in": "soon"}, {}),
        ("/token", b'{"access_token": ', {}),
        ("/token", ["access_token"], {}),
        ("/token", b"access_token=gho_test", {"kind": None}),
        ("/token", b"<html>Unicorn</html>", {"kind": "text/html", "status": 503}),
        ("/user", b"<html>Unicorn</html>", {"kind": "text/html"}),
        ("/user", {"message": "Bad credentials"}, {"status": 401}),
        ("/user", {}, {}),
        ("/user", [], {}),
        ("/user", {"id": None, "login": "octo"}, {}),
        ("/user", {"id": 583231, "login": "octo", "name": 7}, {}),
        ("/user", {"id": 583231, "login": "octo", "name": "Octo\0Cat"}, {}),
        ("/user", {"id": 583231, "login": "octo", "plan": {"name": "free\0"}}, {}),
        ("/user", b'{"id": 583231, "login": "octo", "name": "Octo", "bio": "\\ud800"}', {}),
        ("/emails", {"message": "Moved"}, {}),
        ("/emails", [{"email": ADDRESS}], {}),
        ("/emails", [None], {}),
        ("/emails", b"", {"status": 500}),
    ],
)
def test_a_broken_answer_of_github_is_a_page_with_the_next_step(
    github: GitHub,
    client: Client,
    caplog: pytest.LogCaptureFixture,
    path: str,
    body: Any,
    more: dict[str, Any],
) -> None:
    github.answer(path, body, **more)

    answer = come_back(client)

    assert answer.status_code == 401
    page = answer.content.decode()
    assert "Nothing has changed" in page
    assert reverse("account_login") in page
    assert not signed_in(client)
    assert not User.objects.exists()
    assert "Sign-in through another site failed" in caplog.text
    assert "gho_test" not in caplog.text


def test_a_github_that_cannot_be_reached_is_a_page_too(
    github: GitHub, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GitHubOAuth2Adapter, "access_token_url", "http://127.0.0.1:1/token")

    with outside.allowed("127.0.0.1", 1):
        assert come_back(client).status_code == 401


@pytest.mark.parametrize("state", ["", "of-another-browser"])
def test_a_wrong_state_is_refused_before_github_is_asked(github: GitHub, client: Client, state: str) -> None:
    asked_for(client)

    answer = client.get(CALLBACK, {"state": state, "code": "once"})

    assert answer.status_code == 401
    assert not github.asked
    assert not signed_in(client)


def test_a_state_serves_the_browser_that_it_was_made_for_and_once(github: GitHub, client: Client) -> None:
    query = {"state": asked_for(client)["state"], "code": "once"}

    assert Client().get(CALLBACK, query).status_code == 401
    assert client.get(CALLBACK, query).status_code == 302
    client.logout()
    assert client.get(CALLBACK, query).status_code == 401


def test_opening_the_page_alone_leads_nobody_to_github(github: GitHub, client: Client) -> None:
    answer = client.get(OPENED)

    assert answer.status_code == 200
    assert "GitHub asks you to share" in answer.content.decode()


def test_a_reviewer_with_a_second_factor_is_asked_for_it(github: GitHub, client: Client) -> None:
    connect_app(connected(factory.reviewer()))

    answer = come_back(client)

    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert not signed_in(client)


def test_a_reviewer_without_a_second_factor_sets_one_up_first(github: GitHub, client: Client, settings: Any) -> None:
    settings.REQUIRE_MFA = True
    connected(factory.reviewer())

    come_back(client)

    assert client.get("/queue")["Location"] == reverse("mfa_index")


def test_the_button_is_there_when_github_is_configured(github: GitHub, client: Client) -> None:
    assert "/accounts/github/login/" in client.get(reverse("account_login")).content.decode()
    assert "/accounts/github/login/" in client.get(reverse("account_signup")).content.decode()


@pytest.mark.parametrize("path", [OPENED, CALLBACK])
def test_without_configuration_there_is_neither_button_nor_page(client: Client, path: str) -> None:
    assert "github/login" not in client.get(reverse("account_login")).content.decode()
    assert client.get(path).status_code == 404


@pytest.fixture
def slow_github(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A server that answers when the event is set, and a portal that has half a second."""
    monkeypatch.setattr(portal_github, "SECONDS", 0.5)
    answers = threading.Event()
    github.before = lambda: answers.wait(30)
    yield answers
    answers.set()
    eventually_free()


def eventually_free() -> None:
    """Wait until all places for exchanges are free again."""
    for _ in range(portal_github.AT_ONCE):
        assert portal_github._places.acquire(timeout=10)
    for _ in range(portal_github.AT_ONCE):
        portal_github._places.release()


def test_a_request_waits_no_longer_than_the_exchange_may_take(
    slow_github: threading.Event, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = come_back(client)

    assert not slow_github.is_set()
    assert "Sign-in failed" in answer.content.decode()
    assert "ProviderException" in caplog.text
    assert not signed_in(client)


def test_a_trickle_of_bytes_wins_no_time(github: GitHub, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal_github, "SECONDS", 0.5)
    stop = threading.Event()
    github.trickle = stop

    answer = come_back(client)

    assert "Sign-in failed" in answer.content.decode()
    stop.set()
    eventually_free()


def test_a_third_exchange_at_once_is_told_to_try_again(slow_github: threading.Event) -> None:
    for _ in range(portal_github.AT_ONCE):
        come_back(Client())

    third = come_back(Client())

    assert (third.status_code, third["Retry-After"]) == (503, "1")
    assert "Too many sign-ins with GitHub" in third.content.decode()


def test_an_exchange_gives_its_place_back(github: GitHub) -> None:
    for _ in range(2 * portal_github.AT_ONCE):
        assert come_back(Client()).status_code == 302
