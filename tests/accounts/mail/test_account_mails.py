"""The mails about an account: each is made by doing what it is about, and tells who, what, how long and what then."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import allauth
import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail, signing
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.access import known_browsers
from accounts.mail import account_mails, outbox
from accounts.models import User
from tests import factory
from tests.accounts.access.test_github import ADDRESS, CALLBACK, GitHub, come_back
from tests.accounts.conftest import github as github  # noqa: PLC0414 - a fixture
from tests.second_factors import code_of, connect_app
from tests.worker import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.security]

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
PASSWORD = {"password1": "another long password", "password2": "another long password"}
BROWSER = {"HTTP_USER_AGENT": "Firefox <140>", "REMOTE_ADDR": "203.0.113.7"}
NOT_SENT = {"account/email/email_confirm", "account/email/login_code", "account/email/password_reset_code"}
"""Mails of the library for ways of signing in that the portal does not have, and one that nothing sends."""

Sent = Callable[[Callable[[], Any]], list[EmailMultiAlternatives]]


@pytest.fixture
def sent(django_capture_on_commit_callbacks: Any) -> Sent:
    """Return the mails that something leads to; the worker sends them."""

    def gather(do: Callable[[], Any]) -> list[EmailMultiAlternatives]:
        mail.outbox.clear()
        DBTaskResult.objects.all().delete()
        with django_capture_on_commit_callbacks(execute=True):
            do()
        work_off()
        return list(mail.outbox)  # type: ignore[arg-type]

    return gather


@pytest.fixture
def owner() -> User:
    """The owner of a Project, with a confirmed address."""
    person = factory.owner()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def browser(owner: User) -> Client:
    """The owner's browser, in which they signed in a moment ago."""
    client = Client(**BROWSER)
    client.post("/accounts/login/", {"login": owner.email, "password": factory.PASSWORD})
    assert "_auth_user_id" in client.session
    client.post("/accounts/reauthenticate/", {"password": factory.PASSWORD})
    return client


def html_of(message: EmailMultiAlternatives) -> str:
    """Return the HTML part, which says the same as the text."""
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", str(html).partition("<body>")[2]))
    for link in re.findall(r"https?://\S+", str(message.body)):
        assert f'href="{link}"' in str(html)
    for line in str(message.body).partition("\n--")[0].splitlines():
        words = line.partition("http")[0].strip().removesuffix(":")
        escaped = words.replace("<", "&lt;").replace(">", "&gt;")
        assert escaped in plain
    return str(html)


def only(messages: list[EmailMultiAlternatives], *, to: str = "owner@example.com") -> EmailMultiAlternatives:
    """Return the one mail there is, after a look at what every mail has."""
    (message,) = messages
    assert message.to == [to]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "\n--\nConnector Certification Portal\n" in str(message.body)
    assert "If it was not you" in str(message.body)
    assert "Olive" not in str(message.message())
    assert "{" not in str(message.body) + message.subject
    assert 'name="color-scheme" content="light dark"' in html_of(message)
    return message


def assert_notice(message: EmailMultiAlternatives) -> None:
    """Look whether a mail about a change says when, from where and with what it was made, and how to undo it."""
    body = str(message.body)
    assert re.search(r"^When: \d{4}-\d\d-\d\d \d\d:\d\d UTC$", body, re.MULTILINE)
    assert "\nFrom: 203.0.113.7\nWith: Firefox <140>\n" in body
    for page in ("account_reset_password", "account_email", "mfa_index"):
        assert f"http://127.0.0.1:8000{reverse(page)}" in body


def test_every_mail_of_the_library_is_ours() -> None:
    folder = Path(allauth.__file__).parent
    names = {
        f"{path.parts[-3]}/email/{path.name.removesuffix('_subject.txt')}"
        for path in folder.glob("**/templates/*/email/*_subject.txt")
    }

    assert names - NOT_SENT == set(account_mails.LETTERS) - {account_mails.NEW_BROWSER}


def test_a_new_person_confirms_the_address(sent: Sent, client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        messages = sent(lambda: client.post("/accounts/signup/", {"email": "new@example.com", **PASSWORD}))

    message = only(messages, to="new@example.com")
    assert message.subject == "Confirm your address"
    assert "created an account at the Connector Certification Portal with the address new@example.com" in message.body
    assert (
        "Confirm address (until Sun 29 Nov 2026, 10:00 UTC):\nhttp://127.0.0.1:8000/accounts/confirm-email/"
        in message.body
    )


@pytest.mark.parametrize(("days", "works"), [(2, True), (4, False)])
def test_the_link_of_a_confirmation_holds_as_long_as_it_says(
    sent: Sent, client: Client, days: int, works: bool
) -> None:
    with time_machine.travel(NOW, tick=False):
        (message,) = sent(lambda: client.post("/accounts/signup/", {"email": "new@example.com", **PASSWORD}))
    link = re.search(r"/accounts/confirm-email/\S+", str(message.body))
    assert link

    with time_machine.travel(NOW + timedelta(days=days), tick=False):
        client.post(link.group())

    assert EmailAddress.objects.get(email="new@example.com").verified is works


def test_whoever_has_an_account_already_is_told_how_to_come_in(sent: Sent, client: Client, owner: User) -> None:
    message = only(sent(lambda: client.post("/accounts/signup/", {"email": owner.email, **PASSWORD})))

    assert message.subject == "You already have an account"
    assert f"Sign in:\nhttp://127.0.0.1:8000{reverse('account_login')}" in message.body
    assert f"if you forgot yours:\nhttp://127.0.0.1:8000{reverse('account_reset_password')}" in message.body
    assert "GitHub" not in message.body
    assert reverse("socialaccount_connections") not in message.body


def test_whoever_has_an_account_is_told_how_to_add_github(sent: Sent, client: Client, github: GitHub) -> None:
    factory.user(ADDRESS)

    message = only(sent(lambda: come_back(client)), to=ADDRESS)

    assert "To sign in with GitHub, first sign in as before, then add GitHub under Connections." in message.body
    assert f"Your connections:\nhttp://127.0.0.1:8000{reverse('socialaccount_connections')}" in message.body


def test_known_and_unknown_addresses_get_mails_of_the_same_make(sent: Sent, client: Client, owner: User) -> None:
    def make(path: str, email: str) -> tuple[list[str], list[str], list[str]]:
        (message,) = sent(lambda: client.post(path, {"email": email, **PASSWORD}))
        return list(message.extra_headers), [kind for _, kind in message.alternatives], [message.from_email]

    for path in ("/accounts/signup/", "/accounts/password/reset/"):
        assert make(path, owner.email) == make(path, f"{len(path)}@example.com")


def test_signing_in_before_the_address_is_confirmed_asks_for_it_again(sent: Sent, client: Client) -> None:
    person = factory.owner()
    EmailAddress.objects.create(user=person, email=person.email, verified=False, primary=True)

    messages = sent(lambda: client.post("/accounts/login/", {"login": person.email, "password": factory.PASSWORD}))

    message = only(messages)
    assert message.subject == "Confirm your address"
    assert "was added to the account owner@example.com at the Connector Certification Portal" in message.body


def test_another_address_is_confirmed_by_whoever_reads_it(sent: Sent, browser: Client) -> None:
    new = {"action_add": "", "email": "second@example.com"}

    message = only(sent(lambda: browser.post(reverse("account_email"), new)), to="second@example.com")

    assert "The address second@example.com was added to the account owner@example.com" in message.body


def test_a_new_password_is_chosen_by_whoever_has_the_mail(sent: Sent, client: Client, owner: User) -> None:
    with time_machine.travel(NOW, tick=False):
        messages = sent(lambda: client.post("/accounts/password/reset/", {"email": owner.email}))

    message = only(messages)
    assert message.subject == "Choose a new password"
    assert "asked the Connector Certification Portal for a new password for the account owner@" in message.body
    assert "(until Sun 29 Nov 2026, 10:00 UTC):\nhttp://127.0.0.1:8000/accounts/password/reset/key/" in message.body
    assert "the password stays the same" in message.body


def test_an_unknown_address_is_told_that_there_is_no_account(sent: Sent, client: Client) -> None:
    messages = sent(lambda: client.post("/accounts/password/reset/", {"email": "nobody@example.com"}))

    message = only(messages, to="nobody@example.com")
    assert message.subject == "There is no account with this address"
    assert f"Create an account:\nhttp://127.0.0.1:8000{reverse('account_signup')}" in message.body


def test_a_password_that_was_replaced_by_mail_is_told(sent: Sent, owner: User) -> None:
    client = Client(**BROWSER)
    (asked,) = sent(lambda: client.post("/accounts/password/reset/", {"email": owner.email}))
    link = re.search(r"/accounts/password/reset/key/\S+", str(asked.body))
    assert link
    form = client.get(link.group())["Location"]

    message = only(sent(lambda: client.post(form, PASSWORD)))

    assert message.subject == "Your password was reset"
    assert_notice(message)


def test_a_changed_password_is_told(sent: Sent, browser: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(User.objects.get())
    changed = {"oldpassword": factory.PASSWORD, **PASSWORD}

    message = only(sent(lambda: browser.post(reverse("account_change_password"), changed)))

    assert message.subject == "Your password was changed"
    assert "All sessions were signed out" in message.body
    for one in (browser, elsewhere):
        assert one.get("/profile").status_code == 302
    assert_notice(message)


def test_a_first_password_is_told(sent: Sent, browser: Client, owner: User) -> None:
    session = dict(browser.session)
    owner.set_unusable_password()
    owner.save()
    browser.force_login(owner)
    store = browser.session
    store["account_authentication_methods"] = session["account_authentication_methods"]
    store.save()

    message = only(sent(lambda: browser.post(reverse("account_set_password"), PASSWORD)))

    assert message.subject == "Your account now has a password"
    assert_notice(message)


def test_another_primary_address_is_told_to_the_one_before(sent: Sent, browser: Client, owner: User) -> None:
    EmailAddress.objects.create(user=owner, email="second@example.com", verified=True, primary=False)
    chosen = {"action_primary": "", "email": "second@example.com"}

    message = only(sent(lambda: browser.post(reverse("account_email"), chosen)))

    assert message.subject == "Your e-mail address was changed"
    assert "was changed from owner@example.com to second@example.com" in message.body
    assert_notice(message)


def test_an_address_that_was_removed_is_told(sent: Sent, browser: Client, owner: User) -> None:
    EmailAddress.objects.create(user=owner, email="second@example.com", verified=True, primary=False)
    chosen = {"action_remove": "", "email": "second@example.com"}

    message = only(sent(lambda: browser.post(reverse("account_email"), chosen)))

    assert message.subject == "An address was removed from your account"
    assert "second@example.com was removed from your account owner@example.com" in message.body
    assert_notice(message)


def test_an_authenticator_app_is_told_when_it_comes_and_when_it_goes(sent: Sent, browser: Client, owner: User) -> None:
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    code = code_of(secret)

    came = only(sent(lambda: browser.post(reverse("mfa_activate_totp"), {"code": code})))
    assert Authenticator.objects.filter(user=owner, type="totp").exists()
    went = only(sent(lambda: browser.post(reverse("mfa_deactivate_totp"))))

    assert came.subject == "An authenticator app was added"
    assert went.subject == "The authenticator app was removed"
    assert_notice(came)
    assert_notice(went)


def test_new_recovery_codes_are_told(sent: Sent, browser: Client, owner: User) -> None:
    connect_app(owner)

    message = only(sent(lambda: browser.post(reverse("mfa_generate_recovery_codes"))))

    assert message.subject == "New recovery codes were created"
    assert_notice(message)


@pytest.mark.parametrize(
    ("name", "subject"),
    [("mfa/email/webauthn_added", "A passkey was added"), ("mfa/email/webauthn_removed", "A passkey was removed")],
)
def test_passkeys_are_told(sent: Sent, owner: User, rf: RequestFactory, name: str, subject: str) -> None:
    request: HttpRequest = rf.get("/", **BROWSER)

    with context.request_context(request):
        message = only(sent(lambda: get_mfa_adapter().send_notification_mail(name, owner)))

    assert message.subject == subject
    assert_notice(message)


def test_a_connection_is_told_when_it_comes_and_when_it_goes(
    sent: Sent, browser: Client, owner: User, github: GitHub
) -> None:
    def connect() -> None:
        target = browser.post("/accounts/github/login/?process=connect")["Location"]
        state = re.search(r"state=(\w+)", target)
        assert state
        browser.get(CALLBACK, {"state": state.group(1), "code": "once"})

    came = only(sent(connect))
    account = SocialAccount.objects.get(user=owner)
    went = only(sent(lambda: browser.post(reverse("socialaccount_connections"), {"account": account.pk})))

    assert (came.subject, went.subject) == ("GitHub was connected", "GitHub was disconnected")
    assert "The GitHub account octo can now be used to sign in to your account owner@example.com" in came.body
    assert "The GitHub account octo can no longer be used to sign in to your account" in went.body
    assert f"http://127.0.0.1:8000{reverse('socialaccount_connections')}" in came.body
    assert_notice(came)


def enter(client: Client, person: User) -> None:
    client.post("/accounts/login/", {"login": person.email, "password": factory.PASSWORD})
    assert "_auth_user_id" in client.session


def test_a_browser_that_was_never_used_before_is_told(sent: Sent, browser: Client, owner: User) -> None:
    other = Client(**BROWSER)

    message = only(sent(lambda: enter(other, owner)))

    assert message.subject == "A new browser signed in"
    assert "signed in to your account owner@example.com with a new browser" in message.body
    assert_notice(message)


def test_a_browser_that_was_used_before_is_not_told(sent: Sent, browser: Client, owner: User) -> None:
    browser.post("/accounts/logout/")

    assert sent(lambda: enter(browser, owner)) == []


def test_the_very_first_time_is_not_told(sent: Sent, owner: User) -> None:
    assert sent(lambda: enter(Client(), owner)) == []


def test_one_browser_of_two_people_knows_both(sent: Sent, browser: Client, owner: User) -> None:
    other = factory.reviewer()
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    enter(Client(), other)
    browser.post("/accounts/logout/")

    (first,) = sent(lambda: enter(browser, other))
    browser.post("/accounts/logout/")
    again = sent(lambda: enter(browser, owner))

    assert (first.subject, first.to) == ("A new browser signed in", [other.email])
    assert again == []


@pytest.mark.parametrize("forged", ["", "nonsense", "WzFd:1wXyZz:AAAA"])
def test_a_browser_cannot_say_itself_that_it_is_known(sent: Sent, browser: Client, owner: User, forged: str) -> None:
    browser.post("/accounts/logout/")
    browser.cookies["browser"] = forged

    only(sent(lambda: enter(browser, owner)))


def test_a_browser_is_forgotten_after_a_year(sent: Sent, browser: Client, owner: User) -> None:
    browser.post("/accounts/logout/")

    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False):
        only(sent(lambda: enter(browser, owner)))


def test_what_a_browser_remembers_is_a_number_and_not_for_scripts(browser: Client, owner: User) -> None:
    cookie = browser.cookies["browser"]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert signing.loads(cookie.value, salt=known_browsers.SALT) == [owner.pk]


def test_signing_in_with_github_in_a_new_browser_is_told(sent: Sent, owner: User, github: GitHub) -> None:
    SocialAccount.objects.create(user=owner, provider="github", uid="583231")
    enter(Client(), owner)

    message = only(sent(lambda: come_back(Client())))

    assert message.subject == "A new browser signed in"


def test_a_change_that_is_rolled_back_is_told_to_nobody(owner: User, rf: RequestFactory) -> None:
    with context.request_context(rf.get("/", **BROWSER)):
        get_mfa_adapter().send_notification_mail("mfa/email/totp_activated", owner)

    assert not DBTaskResult.objects.exists()


def test_a_notice_that_cannot_be_sent_is_left_to_be_tried_again(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    told = {"account": "owner@example.com"}

    came = account_mails.send_notice.call("mfa/email/totp_activated", "owner@example.com", told, [["From", "::1"]])

    assert came == outbox.LATER
    assert DBTaskResult.objects.get().task_path == outbox.deliver.module_path


def test_what_others_choose_cannot_break_a_mail() -> None:
    told = {"provider": "Git\nHub", "provider_account": "The {to} <b>account</b>", "account": "o@example.com"}

    message = account_mails.compose("socialaccount/email/account_connected", to="o@example.com", told=told)

    assert message.subject == "Git Hub was connected"
    assert "The {to} <b>account</b> can now" in message.body
    assert "The {to} &lt;b&gt;account&lt;/b&gt; can now" in str(message.alternatives[0][0])


@pytest.mark.security
def test_a_link_leads_to_the_portal_whatever_host_was_asked(sent: Sent, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = [".portal.example"], "https://portal.example"
    asks = Client(HTTP_HOST="planted.portal.example:4444")

    (message,) = sent(lambda: asks.post("/accounts/password/reset/", {"email": factory.owner().email}))

    assert "https://portal.example/accounts/password/reset/key/" in message.body
    assert "planted" not in message.body
