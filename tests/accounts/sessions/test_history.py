"""The history of an account's security: what people read of it, and what is not kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiClient, DeployKey, Membership, SecurityEvent, User, Webhook
from accounts.signals import swept
from tests import factory
from tests.second_factors import code_of, connect_app

pytestmark = [pytest.mark.django_db, pytest.mark.security]

AGENT = "Mozilla/5.0 (X11; Linux) Test/1"
LOGIN = {"login": "owner@example.com", "password": factory.PASSWORD}


@pytest.fixture
def owner() -> User:
    """The owner of a Project, with a confirmed address."""
    person = factory.owner()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def browser(owner: User) -> Client:
    """A browser in which the owner has just signed in."""
    client = Client(headers={"User-Agent": AGENT})
    client.post(reverse("account_login"), LOGIN)
    return client


def kinds(of: User) -> list[str]:
    """Return the kinds of somebody's events, the newest last."""
    return list(SecurityEvent.objects.filter(user=of).order_by("pk").values_list("kind", flat=True))


def last(of: User) -> SecurityEvent:
    return SecurityEvent.objects.filter(user=of).latest("pk")


def test_a_sign_in_is_told_with_its_place(browser: Client, owner: User) -> None:
    row = last(owner)

    assert (row.kind, row.what, row.address, row.browser) == ("signed-in", "Password", "127.0.0.1", AGENT)


def test_another_browser_is_told_apart(browser: Client, owner: User) -> None:
    Client().post(reverse("account_login"), LOGIN)

    assert kinds(owner) == ["signed-in", "new-browser", "signed-in"]


@pytest.mark.parametrize("address", ["owner@example.com", "OWNER@example.com", "second@example.com"])
def test_a_failed_sign_in_is_told_to_its_account(owner: User, address: str) -> None:
    EmailAddress.objects.create(user=owner, email="second@example.com", verified=True)

    Client().post(reverse("account_login"), {"login": address, "password": "wrong"})

    assert kinds(owner) == ["sign-in-failed"]


@pytest.mark.parametrize("address", ["nobody@example.com", "new@example.com"])
def test_a_failed_sign_in_of_nobody_stores_nothing(owner: User, address: str) -> None:
    EmailAddress.objects.create(user=owner, email="new@example.com", verified=False)

    Client().post(reverse("account_login"), {"login": address, "password": "wrong"})

    assert not SecurityEvent.objects.exists()


def test_a_wrong_code_and_a_right_one_are_told(owner: User) -> None:
    secret, client = connect_app(owner), Client()
    client.post(reverse("account_login"), LOGIN)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})

    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert kinds(owner) == ["sign-in-failed", "signed-in"]
    assert last(owner).what == "Password and second factor"


def test_confirming_access_is_told(browser: Client, owner: User) -> None:
    for password in ("wrong", factory.PASSWORD):
        browser.post(reverse("account_reauthenticate"), {"password": password})

    assert kinds(owner)[1:] == ["proof-failed", "proved-again"]


def test_addresses_and_passwords_are_told(browser: Client, owner: User) -> None:
    page, second = reverse("account_email"), {"email": "second@example.com"}
    browser.post(page, {**second, "action_add": ""})
    EmailAddress.objects.filter(**second).update(verified=True)
    browser.post(page, {**second, "action_primary": ""})
    browser.post(page, {"email": owner.email, "action_remove": ""})
    new = {"password1": "a brand new phrase", "password2": "a brand new phrase"}
    browser.post(reverse("account_change_password"), {"oldpassword": factory.PASSWORD, **new})

    rows = SecurityEvent.objects.filter(user=owner).order_by("pk").values_list("kind", "what")[1:]
    assert list(rows) == [
        ("address-added", "second@example.com"),
        ("address-changed", "second@example.com"),
        ("address-removed", "owner@example.com"),
        ("password-changed", ""),
    ]


def test_second_factors_and_connections_are_told(
    browser: Client, owner: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"client_id": "portal", "secret": "hush"}]}}
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    browser.post(reverse("mfa_deactivate_totp"))
    account = SocialAccount.objects.create(user=owner, provider="github", uid="7")
    browser.post(reverse("socialaccount_connections"), {"account": account.pk})

    told = kinds(owner)[1:]
    assert {"factor-added", "factor-removed", "disconnected"} <= {*told}
    assert secret not in str([*SecurityEvent.objects.values_list()])


def test_the_end_of_other_sessions_is_told(browser: Client, owner: User) -> None:
    browser.post(reverse("usersessions_list"))
    alone = kinds(owner)
    other = Client()
    other.post(reverse("account_login"), LOGIN)
    other.get("/projects")

    browser.post(reverse("usersessions_list"))

    assert alone == ["signed-in"]
    assert last(owner).kind == "signed-out-others"


def test_changes_of_a_project_are_told_to_who_made_them(
    browser: Client, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    member = Membership.objects.create(project=factory.project(), user=factory.user("dev@example.com"), role="viewer")

    def send(name: str, /, *args: Any, **sent: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(reverse(name, args=["acme", *args]), sent)

    send("client_create", name="pipeline", scope="view_connectors")
    send("client_rotate", ApiClient.objects.get().pk)
    send("key_create", repository="acme/payments")
    send("key_remove", DeployKey.objects.get().pk)
    send("webhook_create", url="https://example.com/hooks/secret-token")
    send("webhook_act", Webhook.objects.get().pk, "rotate")
    send("member_role", member.pk, **{f"m{member.pk}-role": "developer"})
    send("member_remove", member.pk)

    rows = SecurityEvent.objects.filter(project_key="acme").order_by("pk").values_list("kind", "what")
    assert list(rows) == [
        ("client:created", "pipeline"),
        ("client:rotated", "pipeline"),
        ("deploy-key:created", "acme/payments"),
        ("deploy-key:removed", "acme/payments"),
        ("webhook:created", "example.com"),
        ("webhook:rotated", "example.com"),
        ("member:role-changed", "dev@example.com"),
        ("member:removed", "dev@example.com"),
    ]
    assert {*SecurityEvent.objects.values_list("user_id", flat=True)} == {owner.pk}
    assert "secret-token" not in str([*SecurityEvent.objects.values_list()])


def test_what_an_operator_changes_is_told_without_where_they_are(
    owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root@example.com", factory.PASSWORD))
    page = reverse("admin:accounts_user_change", args=[owner.pk])
    form = root.get(page).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if isinstance(form[name].value(), str)}

    with django_capture_on_commit_callbacks(execute=True):
        answer = root.post(page, {**sent, "role": "auditor", "is_active": "on"})

    assert answer.status_code == 302, answer.context["errors"]
    row = SecurityEvent.objects.get(user=owner)
    assert (row.kind, row.address, row.browser) == ("changed-by-operator", "", "")
    assert "role" in row.what
    assert "auditor" not in row.what


def test_a_command_is_nobodys_event(owner: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        call_command("createapiclient", "--project", "acme")

    assert not SecurityEvent.objects.exists()


def test_the_page_lists_ones_own_newest_first(browser: Client, owner: User) -> None:
    SecurityEvent.objects.create(user=factory.stranger(), kind="password-changed", address="192.0.2.9")
    Client().post(reverse("account_login"), {**LOGIN, "password": "wrong"})
    page = browser.get(reverse("security_events"))

    text = page.content.decode()
    assert [line.title for line in page.context["lines"]] == ["Sign-in failed", "Signed in"]
    assert AGENT in text
    assert "192.0.2.9" not in text


def test_the_page_is_paged_and_may_be_empty(browser: Client, owner: User) -> None:
    SecurityEvent.objects.bulk_create(SecurityEvent(user=owner, kind="signed-in") for _ in range(40))
    second = browser.get(reverse("security_events"), {"page": 2})
    SecurityEvent.objects.all().delete()

    empty = browser.get(reverse("security_events")).content.decode()

    assert len(second.context["lines"]) == 11
    assert "No events" in empty


def test_old_events_go_with_the_sweep(owner: User, settings: Any) -> None:
    settings.SECURITY_EVENTS_DAYS = 30
    now = timezone.now()
    for days in (29, 31):
        SecurityEvent.objects.create(user=owner, kind="signed-in", at=now - timedelta(days=days))

    swept.send(sender=None, now=now)

    assert SecurityEvent.objects.get().at > now - timedelta(days=30)
