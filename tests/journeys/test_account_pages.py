"""The sign-in pages and those of one's own account, in every theme and width, checked by axe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import mail
from playwright.sync_api import expect

from accounts.models import User
from accounts.sessions import proofs
from tests.journeys.browser import Visitor
from tests.journeys.conftest import PASSWORD
from tests.second_factors import code_of
from tests.worker import work_off

ACCOUNT = "/accounts/email/"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("login", "/accounts/login/"),
        ("signup", "/accounts/signup/"),
        ("password-reset", "/accounts/password/reset/"),
        ("password-reset-sent", "/accounts/password/reset/done/"),
        ("password-reset-bad-link", "/accounts/password/reset/key/1-no-such-token/"),
        ("password-reset-done", "/accounts/password/reset/key/done/"),
        ("verification-sent", "/accounts/confirm-email/"),
        ("email-confirm-bad-link", "/accounts/confirm-email/no-such-key/"),
        ("inactive", "/accounts/inactive/"),
        ("connection-stopped", "/accounts/3rdparty/login/cancelled/"),
    ],
)
def test_a_page_of_the_door_is_accessible_in_every_look(visitor: Visitor, name: str, path: str) -> None:
    visitor.go(path).audit(name)


def test_a_refusal_of_the_other_site_is_explained(visitor: Visitor) -> None:
    visitor.go("/accounts/3rdparty/login/error/", status=401).audit("connection-failed")


def test_the_demo_shows_its_people_and_signs_in_with_one_click(
    visitor_without_javascript: Visitor, visitor: Visitor, person: User, settings: Any, tmp_path: Path
) -> None:
    account = {"email": person.email, "password": PASSWORD, "name": person.name, "role": "Developer"}
    client = {
        "client_id": "id-of-the-client",
        "client_secret": "x" * 43,
        "project_key": "demo",
        "scope": "manage_project:demo",
    }
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "accounts.json").write_text(json.dumps({"accounts": [account], "client": client}))
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    visitor.go("/accounts/login/").audit("login-demo")
    expect(visitor.page.get_by_text("id-of-the-client")).to_be_visible()

    visitor_without_javascript.go("/accounts/login/?next=/accounts/email/")
    visitor_without_javascript.page.get_by_role("button", name=f"Sign in as {person.name}").click()

    expect(visitor_without_javascript.page.get_by_role("heading", name="Email addresses")).to_be_visible()


def test_a_wrong_password_is_said_at_the_top_and_the_focus_is_there(visitor: Visitor, person: User) -> None:
    visitor.sign_in(person.email, "wrong")

    summary = visitor.page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("password")
    visitor.audit("login-refused")


def test_an_account_is_made_confirmed_and_used(visitor: Visitor) -> None:
    visitor.go("/accounts/signup/")
    visitor.page.get_by_label("Email").fill("new@example.com")
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Create account")
    expect(visitor.page.get_by_role("heading", name="Confirm your address")).to_be_visible()

    work_off()
    link = re.search(r"http://\S+/accounts/confirm-email/\S+/", str(mail.outbox[-1].body))
    assert link
    visitor.page.goto(link.group())
    visitor.audit("email-confirm")
    visitor.press("Confirm address")

    assert EmailAddress.objects.get(email="new@example.com").verified


def test_a_short_password_is_refused_beside_its_field(visitor: Visitor) -> None:
    visitor.go("/accounts/signup/")
    visitor.page.get_by_label("Email").fill("new@example.com")
    visitor.page.get_by_label("Password", exact=True).fill("short")
    visitor.press("Create account")

    field = visitor.page.get_by_label("Password", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    described = field.get_attribute("aria-describedby") or ""
    assert "id_password1_error" in described.split()
    expect(visitor.page.locator("#id_password1_error")).to_contain_text("too short")
    visitor.audit("signup-refused")


def test_a_forgotten_password_is_replaced(visitor: Visitor, person: User) -> None:
    visitor.go("/accounts/password/reset/")
    visitor.page.get_by_label("Email").fill(person.email)
    visitor.press("Send reset link")
    expect(visitor.page.get_by_role("heading", name="Check your email")).to_be_visible()

    work_off()
    link = re.search(r"http://\S+/accounts/password/reset/key/\S+/", str(mail.outbox[-1].body))
    assert link
    visitor.page.goto(link.group())
    visitor.audit("password-reset-form")
    for field in visitor.page.locator("input[type=password]").all():
        field.fill("another-long-password")
    visitor.press("Save password")

    person.refresh_from_db()
    assert person.check_password("another-long-password")


def test_the_pages_about_ones_own_account_are_accessible(visitor: Visitor, person: User) -> None:
    EmailAddress.objects.create(user=person, email="second@example.com", verified=False, primary=False)
    visitor.sign_in(person.email, PASSWORD, to=ACCOUNT)

    for name, path in {
        "email": "/accounts/email/",
        "password": "/accounts/password/change/",
        "two-factors": "/accounts/2fa/",
        "sessions": "/accounts/sessions/",
        "security-events": "/accounts/security-events",
        "connections": "/accounts/3rdparty/",
        "logout": "/accounts/logout/",
    }.items():
        visitor.go(path).audit(f"account-{name}")


def test_somebody_who_came_from_elsewhere_sets_a_password(visitor: Visitor, person: User) -> None:
    visitor.go("/accounts/3rdparty/login/cancelled/").audit("elsewhere-cancelled")
    visitor.go("/accounts/3rdparty/login/error/", status=401).audit("elsewhere-error")
    person.set_unusable_password()
    person.save()
    visitor.enter_as(person)

    visitor.go("/accounts/password/set/").audit("password-set")
    for label in ("Password", "Password (again)"):
        visitor.page.get_by_label(label, exact=True).fill(PASSWORD)
    visitor.press("Set password")

    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_signing_out_works_from_the_menu(visitor: Visitor, person: User) -> None:
    visitor.sign_in(person.email, PASSWORD, to=ACCOUNT).go("/accounts/email/")
    visitor.page.locator("summary", has_text="Account").click()
    visitor.screenshot("menu")
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.wait_for_load_state()

    visitor.go("/accounts/email/")
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_authenticator_app_is_set_up_used_and_switched_off(
    new_visitor: Callable[..., Visitor], visitor: Visitor, person: User, settings: Any
) -> None:
    settings.MFA_TOTP_TOLERANCE = 1
    visitor.sign_in(person.email, PASSWORD, to="/accounts/2fa/totp/activate/")
    visitor.audit("totp-set-up")
    secret = visitor.page.locator("#totp-secret").inner_text()
    visitor.page.get_by_label("code").fill(code_of(secret))
    visitor.press("Turn on")
    visitor.audit("recovery-codes")
    visitor.go("/accounts/2fa/").audit("two-factors-on")
    visitor.go("/accounts/2fa/recovery-codes/generate/").audit("recovery-codes-make")

    other = new_visitor().sign_in(person.email, PASSWORD, to=ACCOUNT)
    other.audit("second-factor")
    codes = visitor.go("/accounts/2fa/recovery-codes/").page.locator("#recovery-codes li").all_inner_texts()
    other.page.get_by_label("code").fill(codes[0])
    other.press("Sign in")
    other.go("/accounts/sessions/").audit("sessions-two")

    visitor.go("/accounts/2fa/totp/deactivate/").audit("totp-switch-off")
    visitor.press("Turn off")
    expect(visitor.page.get_by_text("Off", exact=True)).to_be_visible()


def test_a_passkey_is_added_renamed_used_for_signing_in_and_removed(
    visitor: Visitor, person: User, settings: Any
) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    visitor.sign_in(person.email, PASSWORD, to="/accounts/2fa/webauthn/").audit("keys-none")
    visitor.devtools.send("WebAuthn.enable")
    visitor.devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    visitor.follow("Add key").audit("key-add")
    visitor.page.get_by_label("Name").fill("Laptop")
    visitor.page.get_by_label("Passwordless").check()
    visitor.page.get_by_role("button", name="Add key").click()
    visitor.page.wait_for_url("**/2fa/recovery-codes/**")
    visitor.go("/accounts/2fa/webauthn/").audit("keys")
    visitor.follow("Rename Laptop")
    visitor.audit("key-rename")
    visitor.page.get_by_label("Name").fill("Old laptop")
    visitor.press("Save")
    expect(visitor.page.get_by_text("Old laptop").first).to_be_visible()

    visitor.context.clear_cookies()
    visitor.go("/accounts/login/?next=/accounts/2fa/webauthn/")
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(visitor.page.get_by_role("link", name="Remove Old laptop")).to_be_visible()

    let_proofs_age()
    visitor.follow("Remove Old laptop").audit("confirm-with-alternatives")
    confirm_that_it_is_you(visitor)
    visitor.audit("key-remove")
    visitor.press("Remove key")
    expect(visitor.page.get_by_role("heading", name="No keys yet")).to_be_visible()


def test_a_sensitive_page_asks_for_the_password_again(visitor: Visitor, person: User) -> None:
    visitor.enter_as(person)
    let_proofs_age()
    visitor.go("/accounts/2fa/totp/activate/").audit("confirm-it-is-you")

    confirm_that_it_is_you(visitor)

    expect(visitor.page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()


def let_proofs_age() -> None:
    """Let the last proof of everybody who is signed in be old."""
    for row in Session.objects.all():
        store = SessionStore(row.session_key)
        store[proofs.PROVED_AT] = 0
        store.save()


def confirm_that_it_is_you(visitor: Visitor) -> None:
    """Give the password again, on the page that asks for it before a sensitive one."""
    expect(visitor.page.get_by_role("heading", name="Confirm access")).to_be_visible()
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Confirm")


def test_github_is_offered_where_the_operator_set_it_up(visitor: Visitor, person: User, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"client_id": "id", "secret": "secret"}]}}
    visitor.go("/accounts/login/").audit("login-github")
    visitor.follow("Continue with GitHub")
    visitor.audit("github")
    expect(visitor.page.get_by_role("button", name="Continue")).to_be_visible()
