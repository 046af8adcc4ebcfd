"""After a proof somebody goes on where they were, whatever they prove it with; what they typed is not lost."""

from __future__ import annotations

from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import ApiClient, Membership, Project, User, Webhook
from accounts.sessions import proofs
from tests import factory
from tests.accounts.conftest import GitHub
from tests.second_factors import code_of, connect_app

pytestmark = [pytest.mark.django_db, pytest.mark.security]

TYPED = {"name": "release pipeline", "scope": "view_connectors"}


@pytest.fixture
def owner() -> User:
    """The owner of a Project, with a confirmed address."""
    person = factory.owner()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def client(owner: User) -> Client:
    """A browser in which the owner signed in an hour ago."""
    browser = Client()
    browser.force_login(owner)
    age(browser)
    return browser


def age(browser: Client, *, seconds: float = 3600) -> None:
    session = browser.session
    session[proofs.PROVED_AT] = time() - seconds
    session.save()


def asked_at(answer: Any) -> tuple[str, str]:
    """Return the page that somebody is sent to, and where it leads from there."""
    assert answer.status_code == 302
    parts = urlsplit(answer["Location"])
    return parts.path, parse_qs(parts.query)["next"][0]


def proved(browser: Client, there: str, *, by: str = "account_reauthenticate", **proof: str) -> Any:
    """Prove who one is, and go where that leads."""
    answer = browser.post(reverse(by), {**(proof or {"password": factory.PASSWORD}), "next": there})
    return browser.get(answer["Location"]) if answer.status_code == 302 else answer


def test_the_form_is_sent_on_after_the_password(client: Client) -> None:
    page, there = asked_at(client.post(reverse("client_create", args=["acme"]), TYPED))

    wrong, early = proved(client, there, password="wrong"), client.get(there)
    between = ApiClient.objects.count()
    done = proved(client, there)

    assert (page, wrong.status_code, early.status_code, between) == (reverse("account_reauthenticate"), 200, 302, 0)
    assert done["Location"] == reverse("project_clients", args=["acme"])
    assert ApiClient.objects.get().name == "release pipeline"
    assert "client_secret" in client.get(done["Location"]).context["made"]


def test_the_form_is_sent_on_after_a_code(client: Client, owner: User) -> None:
    secret = connect_app(owner)
    _, there = asked_at(client.post(reverse("webhook_create", args=["acme"]), {"url": "https://example.com/hook"}))

    proved(client, there, by="mfa_reauthenticate", code=code_of(secret))

    assert Webhook.objects.get().url == "https://example.com/hook"


def test_what_is_sent_on_is_refused_like_any_other(client: Client) -> None:
    _, there = asked_at(client.post(reverse("client_create", args=["acme"]), {**TYPED, "scope": "everything"}))

    answer = proved(client, there)
    done = client.post(there, TYPED)

    assert answer.status_code == 422
    assert answer.context["form"]["name"].value() == "release pipeline"
    assert done["Location"] == reverse("project_clients", args=["acme"])


def test_a_role_that_ended_meanwhile_is_not_used(client: Client, owner: User) -> None:
    _, there = asked_at(client.post(reverse("client_create", args=["acme"]), TYPED))
    Membership.objects.filter(user=owner).update(role="viewer")

    answer = proved(client, there)

    assert (answer.status_code, ApiClient.objects.count()) == (403, 0)


def test_what_waits_goes_on_by_its_key_once_and_soon(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    here = reverse("client_create", args=["acme"])
    _, first = asked_at(client.post(here, TYPED))
    _, there = asked_at(client.post(here, TYPED))
    older = proved(client, first)["Location"]
    monkeypatch.setattr(proofs, "LONGEST_WAIT", -1)
    late = client.get(there)["Location"]
    before = ApiClient.objects.count()
    monkeypatch.setattr(proofs, "LONGEST_WAIT", 60)

    once, again = client.get(there)["Location"], client.get(there)["Location"]

    assert [older, late, before] == ["/", here, 0]
    assert [once, again] == [reverse("project_clients", args=["acme"]), "/"]
    assert ApiClient.objects.count() == 1


def test_no_password_is_kept_while_somebody_is_asked(client: Client) -> None:
    typed = {"oldpassword": factory.PASSWORD, "password1": "a brand new phrase", "password2": "a brand new phrase"}

    page, there = asked_at(client.post(reverse("account_change_password"), typed))

    assert [page, there] == [reverse("account_reauthenticate"), reverse("account_change_password")]
    assert "brand new" not in str(Session.objects.get().get_decoded())
    assert client.post(page, {"password": factory.PASSWORD, "next": there})["Location"] == there


def test_a_form_without_its_token_is_refused_and_does_not_wait(owner: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    age(browser)

    answer = browser.post(reverse("client_create", args=["acme"]), TYPED)

    assert answer.status_code == 403
    assert "release pipeline" not in str(browser.session.items())


def test_signing_in_is_a_proof(owner: User) -> None:
    browser = Client()
    browser.post(reverse("account_login"), {"login": owner.email, "password": factory.PASSWORD})

    assert browser.post(reverse("client_create", args=["acme"]), TYPED)["Location"].endswith("/clients")


def test_an_address_is_added_after_the_password(client: Client, owner: User) -> None:
    _, there = asked_at(client.post(reverse("account_email"), {"email": "new@example.com", "action_add": ""}))
    before = EmailAddress.objects.count()

    proved(client, there)

    assert before == 1
    assert EmailAddress.objects.filter(user=owner, email="new@example.com").exists()


# With GitHub


@pytest.fixture
def octo(owner: User) -> User:
    """The owner, who signs in with GitHub and has nothing else to sign in with."""
    owner.set_unusable_password()
    owner.save()
    SocialAccount.objects.create(user=owner, provider="github", uid="583231")
    return owner


def at_github(browser: Client, there: str) -> dict[str, str]:
    """Press Continue, and return what the browser is sent to GitHub with."""
    answer = browser.post(reverse("reauthenticate_github"), {"next": there})
    target = urlsplit(answer["Location"])
    assert (target.netloc, target.path) == ("github.com", "/login/oauth/authorize")
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def come_back(browser: Client, query: dict[str, str]) -> Any:
    return browser.get("/accounts/github/login/callback/", {"state": query["state"], "code": "once"})


def test_who_signs_in_with_github_proves_it_there(github: GitHub, octo: User) -> None:
    browser = Client()
    browser.force_login(octo)
    age(browser)
    page, there = asked_at(browser.post(reverse("client_create", args=["acme"]), TYPED))
    shown = browser.get(f"{page}?{urlencode({'next': there})}").content.decode()

    query = at_github(browser, there)
    done = browser.get(come_back(browser, query)["Location"])

    assert page == reverse("reauthenticate_github")
    assert "Continue to GitHub" in shown
    assert query["prompt"] == "select_account"
    assert done["Location"] == reverse("project_clients", args=["acme"])
    assert ApiClient.objects.get().name == "release pipeline"


@pytest.mark.parametrize("known", [True, False])
def test_another_account_of_github_proves_nothing(github: GitHub, octo: User, known: bool) -> None:
    browser, people = Client(), User.objects.count()
    if known:
        SocialAccount.objects.create(user=factory.stranger(), provider="github", uid="77")
        people += 1
    github.answer("/user", {"id": 77, "login": "other", "name": "Other", "email": None})
    browser.force_login(octo)
    age(browser)
    _, there = asked_at(browser.post(reverse("client_create", args=["acme"]), TYPED))

    answer = come_back(browser, at_github(browser, there))

    assert answer["Location"] == f"{reverse('reauthenticate_github')}?{urlencode({'next': there})}"
    assert "isn’t connected to your account" in browser.get(answer["Location"]).content.decode()
    assert browser.session["_auth_user_id"] == str(octo.pk)
    assert not ApiClient.objects.exists()
    assert User.objects.count() == people
    assert asked_at(browser.post(reverse("client_create", args=["acme"]), TYPED))[0] == reverse("reauthenticate_github")


def test_another_connection_is_not_added_without_a_proof(github: GitHub, client: Client, owner: User) -> None:
    _, there = asked_at(client.post(reverse("github_login") + "?process=connect"))

    answer = proved(client, there)

    assert answer["Location"].startswith("https://github.com/login/oauth/authorize")


def test_a_connection_that_comes_back_too_late_waits_for_a_proof(github: GitHub, client: Client, owner: User) -> None:
    age(client, seconds=60)
    query = parse_qs(urlsplit(client.post(reverse("github_login") + "?process=connect")["Location"]).query)
    age(client)

    answer = client.get("/accounts/github/login/callback/", {"state": query["state"][0], "code": "once"})

    assert asked_at(answer) == (reverse("account_reauthenticate"), reverse("socialaccount_connections"))
    assert not SocialAccount.objects.exists()


def test_who_has_no_way_at_all_chooses_a_password_by_mail(octo: User) -> None:
    browser = Client()
    browser.force_login(octo)
    age(browser)

    page, _ = asked_at(browser.post(reverse("client_create", args=["acme"]), TYPED))

    assert page == reverse("account_reset_password")
    assert "Choose a password first" in browser.get(page).content.decode()
    assert not Project.objects.get().api_clients.exists()
