"""Getting in: limits that say when to come back, ways that lead nowhere else, and sessions that are one's own."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.access import response_timing
from accounts.models import User
from tests import factory
from tests.second_factors import code_of, connect_app, recovery_code
from tests.worker import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.security]

LOGIN, SIGNUP, RESET = "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "///evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    " https://evil.example",
    "https://testserver@evil.example/",
    "\thttps://evil.example",
)


def person(email: str = "owner@example.com", **fields: Any) -> User:
    user = User.objects.create_user(email, factory.PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def signed_in(user: User, **more: str) -> Client:
    """Return a browser in which somebody signed in with a password."""
    client = Client()
    client.post(LOGIN, {"login": user.email, "password": factory.PASSWORD, **more})
    return client


def wrong_password(number: int) -> tuple[str, dict[str, str]]:
    return LOGIN, {"login": "owner@example.com", "password": "wrong"}


def wrong_password_of_nobody(number: int) -> tuple[str, dict[str, str]]:
    return LOGIN, {"login": "nobody@example.com", "password": "wrong"}


def many_people(number: int) -> tuple[str, dict[str, str]]:
    return LOGIN, {"login": f"a{number}@example.com", "password": "wrong"}


def sign_up(number: int) -> tuple[str, dict[str, str]]:
    return SIGNUP, {"email": f"a{number}@example.com", "password1": "another long password"}


def forgotten(number: int) -> tuple[str, dict[str, str]]:
    return RESET, {"email": "owner@example.com"}


def forgotten_by_nobody(number: int) -> tuple[str, dict[str, str]]:
    return RESET, {"email": "nobody@example.com"}


@pytest.mark.parametrize(
    ("attempt", "allowed", "seconds", "said"),
    [
        (wrong_password, 5, 300, "5 minutes"),
        (wrong_password_of_nobody, 5, 300, "5 minutes"),
        (many_people, 20, 300, "5 minutes"),
        (sign_up, 20, 60, "1 minute"),
        (forgotten, 5, 60, "1 minute"),
        (forgotten_by_nobody, 5, 60, "1 minute"),
    ],
)
def test_too_many_attempts_are_told_when_to_come_back(
    attempt: Callable[[int], tuple[str, dict[str, str]]], allowed: int, seconds: int, said: str
) -> None:
    person()

    answers = [Client().post(*attempt(number)) for number in range(allowed + 1)]

    assert 429 not in [answer.status_code for answer in answers[:-1]]
    last = answers[-1]
    assert (last.status_code, last["Retry-After"]) == (429, str(seconds))
    assert f"Try again in {said}." in last.content.decode()
    assert f'href="{attempt(0)[0]}"' in last.content.decode()


def test_the_limit_on_codes_says_when_to_come_back() -> None:
    user = person()
    connect_app(user)
    client = signed_in(user)

    answers = [client.post(reverse("mfa_authenticate"), {"code": "000000"}) for _ in range(6)]

    assert "Wait five minutes" not in answers[4].content.decode()
    assert "Wait five minutes" in answers[5].content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_nowhere_else(target: str) -> None:
    person()

    answer = Client().post(LOGIN, {"login": "owner@example.com", "password": factory.PASSWORD, "next": target})

    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize("page", [LOGIN, SIGNUP, "/accounts/logout/", "/accounts/reauthenticate/", "/admin/login/"])
def test_no_page_of_the_door_leads_elsewhere(page: str, target: str) -> None:
    client = signed_in(person())

    opened = client.get(page, {"next": target})
    posted = client.post(page, {"next": target, "password": factory.PASSWORD})

    for answer in (opened, posted):
        assert "evil" not in answer.get("Location", "").partition("?")[0]
        assert "javascript" not in answer.get("Location", "")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_choosing_a_theme_leads_nowhere_else(client: Client, target: str) -> None:
    assert client.post("/accounts/theme", {"theme": "dark", "next": target})["Location"] == "/"


def test_a_page_that_was_asked_for_opens_after_signing_in() -> None:
    person()

    answer = Client().post(LOGIN, {"login": "owner@example.com", "password": factory.PASSWORD, "next": "/projects"})

    assert answer["Location"] == "/projects"


def test_signing_in_begins_a_new_session() -> None:
    client = Client()
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    person()

    client.post(LOGIN, {"login": "owner@example.com", "password": factory.PASSWORD})

    other = Client()
    other.cookies["sessionid"] = planted
    assert client.session.session_key != planted
    assert client.get("/drafts").status_code == 200
    assert other.get("/drafts").status_code == 302


def test_an_invented_session_is_not_taken_over() -> None:
    client = Client()
    client.cookies["sessionid"] = "a" * 32
    person()

    client.post(LOGIN, {"login": "owner@example.com", "password": factory.PASSWORD})

    assert client.cookies["sessionid"].value != "a" * 32


def set_up_app(client: Client) -> None:
    """Set up an authenticator app, as its page asks: the password first, then a code."""
    client.post("/accounts/reauthenticate/", {"password": factory.PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})


def test_the_first_second_factor_ends_the_sessions_that_began_without_one(
    django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.REQUIRE_MFA = True
    user = person(role="reviewer")
    waiting, own = signed_in(user), signed_in(user)

    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(own)

    assert own.get("/queue").status_code == 200
    assert waiting.get("/queue")["Location"].startswith(LOGIN)


def test_a_further_second_factor_ends_no_session(django_capture_on_commit_callbacks: Any) -> None:
    user = person()
    other, own = signed_in(user), signed_in(user)
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})

    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(own)

    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    assert other.get("/drafts").status_code == 200


def test_a_new_password_by_mail_opens_nothing_without_the_second_factor() -> None:
    user = person(role="reviewer")
    connect_app(user)
    client = Client()
    client.post(RESET, {"email": user.email})
    work_off()
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link

    form = client.get(link.group(), follow=True)
    new = "entirely another password"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    inside = client.get("/queue")
    answer = client.post(LOGIN, {"login": user.email, "password": new})

    assert inside["Location"].startswith(LOGIN)
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session


def test_a_confirmed_address_opens_nothing_without_the_second_factor() -> None:
    user = person(role="reviewer")
    connect_app(user)
    EmailAddress.objects.filter(user=user).update(verified=False)
    client = signed_in(user)
    work_off()
    link = re.search(r"/accounts/confirm-email/\S+", str(mail.outbox[0].body))
    assert link

    client.get(link.group())
    client.post(link.group())

    assert "_auth_user_id" not in client.session
    assert EmailAddress.objects.get(user=user).verified
    assert client.get("/queue").status_code == 302


def test_a_recovery_code_serves_once() -> None:
    user = person()
    connect_app(user)
    code = recovery_code(user)
    first, second = signed_in(user), signed_in(user)

    first.post(reverse("mfa_authenticate"), {"code": code})
    second.post(reverse("mfa_authenticate"), {"code": code})

    assert "_auth_user_id" in first.session
    assert "_auth_user_id" not in second.session


def test_a_code_of_the_app_serves_once() -> None:
    user = person()
    code = code_of(connect_app(user))
    first, second = signed_in(user), signed_in(user)

    first.post(reverse("mfa_authenticate"), {"code": code})
    second.post(reverse("mfa_authenticate"), {"code": code})

    assert "_auth_user_id" in first.session
    assert "_auth_user_id" not in second.session


def test_an_api_client_opens_no_page() -> None:
    made = factory.api_client()
    answer = Client().post(
        "/oauth/token",
        "grant_type=client_credentials",
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Basic {b64encode(f'{made.client_id}:{made.client_secret}'.encode()).decode()}"},
    )
    token = answer.json()["access_token"]

    for page in ("/drafts", "/queue", "/projects", "/admin/", "/accounts/2fa/"):
        opened = Client().get(page, headers={"Authorization": f"Bearer {token}"})
        assert opened.status_code == 302


@pytest.mark.parametrize("page", ["/accounts/confirm-email/", "/accounts/password/reset/done/"])
def test_the_demo_says_where_its_mails_are(client: Client, settings: Any, tmp_path: Path, page: str) -> None:
    in_production = client.get(page).content.decode()
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "accounts.json").write_text('{"people": []}', encoding="utf-8")

    in_the_demo = client.get(page).content.decode()

    assert "The demo sends no email" not in in_production
    assert "The demo sends no email" in in_the_demo


def test_the_page_of_a_link_says_what_the_address_is_for(client: Client) -> None:
    user = person()
    first = EmailAddress.objects.get(user=user)
    second = EmailAddress.objects.create(user=user, email="other@example.com")
    EmailAddress.objects.filter(user=user).update(verified=False)
    pages = {}
    for address in (first, second):
        address.verified = False
        key = EmailConfirmationHMAC(address).key
        pages[address] = client.get(reverse("account_confirm_email", args=[key])).content.decode()

    assert "You will sign in with <b>owner@example.com</b>" in pages[first]
    assert "<b>other@example.com</b> will be added to the account of owner@example.com." in pages[second]


def test_an_only_address_has_no_buttons_that_would_do_nothing() -> None:
    user = person()
    client = signed_in(user)
    buttons = ("action_primary", "action_send", "action_remove")

    alone = client.get(reverse("account_email")).content.decode()
    EmailAddress.objects.create(user=user, email="other@example.com")
    both = client.get(reverse("account_email")).content.decode()

    assert [button for button in buttons if button in alone] == []
    assert [button for button in buttons if button in both] == list(buttons)


def test_asking_for_a_new_password_takes_as_long_for_nobody_as_for_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, slept = iter([100.0, 100.07, 200.0, 200.09]), []
    monkeypatch.setattr(response_timing, "monotonic", lambda: next(clock))
    monkeypatch.setattr(response_timing, "sleep", slept.append)
    user = person()

    Client().post(RESET, {"email": "nobody@example.com"})
    Client().post(RESET, {"email": user.email})

    taken = [seconds + worked for seconds, worked in zip(slept, (0.07, 0.09), strict=True)]
    assert taken == pytest.approx([response_timing.ResetPasswordForm.SECONDS] * 2)
    work_off()
    assert len(mail.outbox) == 2
