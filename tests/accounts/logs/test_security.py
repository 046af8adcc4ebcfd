"""Events that matter for security, in the log."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts import actors
from accounts.logs import security
from accounts.models import Membership
from accounts.projects import memberships
from tests import api, factory, second_factors
from tests.root import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.security]

Facts = Callable[[], list[dict[str, str]]]
EVENT = re.compile(r"(user|member|project|client|deploy-key|webhook|account|session):[a-z-]+")
ADDRESS = "ann@portal.example"


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Facts:
    """Return what tells the facts of every event."""
    caplog.set_level(logging.INFO, logger="security")
    return lambda: [vars(record)["facts"] for record in caplog.records if record.name == "security"]


@pytest.fixture
def person() -> Any:
    """Return somebody with a password and a confirmed address."""
    user = factory.user(ADDRESS)
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=True, primary=True)
    return user


def sign_in(password: str, login: str = ADDRESS) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"login": login, "password": password}, REMOTE_ADDR="203.0.113.7")
    return browser


def names(events: Facts) -> list[str]:
    return [fact["event"] for fact in events()]


def test_signing_in_and_out_are_events_of_the_person(events: Facts, person: Any) -> None:
    sign_in(factory.PASSWORD).post("/accounts/logout/")

    assert names(events) == ["authn_login_success", "authn_logout"]
    assert {(fact["user"], fact["address"]) for fact in events()[:1]} == {(str(person.pk), "203.0.113.7")}


@pytest.mark.parametrize("login", [ADDRESS, "nobody@portal.example", "Passw0rd-in-the-wrong-field@x.example"])
def test_a_failure_names_the_account_and_nothing_that_was_typed(
    events: Facts, person: Any, login: str, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in("wrong-password-typed", login)

    (fact,) = events()
    assert fact["event"] == "authn_login_fail"
    assert fact["user"] == (str(person.pk) if login == ADDRESS else "-")
    assert "wrong-password-typed" not in caplog.text
    assert login not in caplog.text


def test_a_wrong_second_factor_is_a_failure(events: Facts, person: Any) -> None:
    second_factors.connect_app(person)

    browser = sign_in(factory.PASSWORD)
    browser.post("/accounts/2fa/authenticate/", {"code": "000000"})

    assert names(events)[-1] == "authn_login_fail"
    assert events()[-1]["user"] == str(person.pk)


@pytest.mark.parametrize(
    ("password", "name"),
    [(factory.PASSWORD, "authn_reauthentication_success"), ("wrong", "authn_reauthentication_fail")],
)
def test_proving_it_again_is_an_event_of_its_own(events: Facts, person: Any, password: str, name: str) -> None:
    browser = sign_in(factory.PASSWORD)

    browser.post("/accounts/reauthenticate/", {"password": password})

    assert names(events) == ["authn_login_success", name]
    assert events()[-1]["user"] == str(person.pk)


def test_a_token_that_is_issued_refused_or_revoked_is_an_event(events: Facts, caplog: Any) -> None:
    made = factory.api_client()

    token = api.token(made)
    ask("/oauth/token", made.client_id, "a-wrong-secret")
    ask("/oauth/token", "a-secret-in-the-wrong-place", "a-wrong-secret")
    ask("/oauth/token/revoke", made.client_id, made.client_secret, token=token)
    api.Api(token).get("/connectors/drafts")

    found = [(fact["event"], fact["client"]) for fact in events() if fact["event"].startswith("authn_token")]
    assert found == [
        ("authn_token_created", made.client_id),
        ("authn_token_refused", made.client_id),
        ("authn_token_refused", "-"),
        ("authn_token_revoked", made.client_id),
        ("authn_token_refused", "-"),
    ]
    assert not [secret for secret in (token, "a-wrong-secret", "a-secret-in-the-wrong-place") if secret in caplog.text]


def ask(path: str, client_id: str, secret: str, **fields: str) -> None:
    sent = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **fields}
    Client().post(path, urlencode(sent), content_type=api.FORM)


def test_who_waits_is_an_event(events: Facts, settings: Any) -> None:
    settings.RATE_LIMITS = True

    for _ in range(11):
        ask("/oauth/token", "nobody", "a-wrong-secret")

    assert names(events)[-1] == "excess_rate_limit_exceeded"


def test_a_change_of_role_names_the_roles_and_no_address(
    events: Facts, caplog: Any, django_capture_on_commit_callbacks: Any
) -> None:
    project, member = factory.project(), factory.user("member@portal.example")
    owner = factory.owner()
    row = Membership.objects.create(project=project, user=member, role="viewer")

    with django_capture_on_commit_callbacks(execute=True):
        memberships.change_role(row, role="developer", by=actors.person(owner, public_name=project.key))

    (fact,) = events()
    assert fact["event"] == "privilege_permissions_changed"
    assert (fact["what"], fact["user"], fact["project"]) == ("member:role-changed", str(owner.pk), project.key)
    assert (fact["from"], fact["role"]) == ("viewer", "developer")
    assert "@" not in caplog.text


def test_what_a_role_does_not_allow_is_an_event(events: Facts, person: Any) -> None:
    browser = Client()
    browser.force_login(person)

    answer = browser.get("/queue")

    assert answer.status_code == 403
    assert (events()[-1]["event"], events()[-1]["user"]) == ("authz_fail", str(person.pk))
    assert events()[-1]["what"] == "/queue"


def test_every_event_of_people_projects_and_keys_has_a_name() -> None:
    recorded = {
        node.value
        for path in (ROOT / "accounts").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and EVENT.fullmatch(node.value)
    }

    assert len(recorded) > 20
    assert {event for event in recorded if security.name_of(event) is None} == set()


@pytest.mark.parametrize("event", ["connector:created", "round:opened", "certification:started"])
def test_what_a_review_does_is_none(event: str) -> None:
    assert security.name_of(event) is None
