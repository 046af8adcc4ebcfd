"""The search of the tests' own logs for secrets finds each kind of them, wherever it is logged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import mail, signing
from django.test import Client
from django.utils import timezone

from accounts import actors
from accounts.projects import deploy_keys, memberships
from accounts.webhooks import subscriptions
from tests import api, factory, second_factors
from tests.log_secrets import WATCH

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def session_key() -> str:
    client = Client()
    client.force_login(factory.owner())
    return str(client.session.session_key)


def confirmation() -> str:
    return signing.dumps(["an address"], salt="account")


def deploy_key() -> str:
    owner = factory.owner()
    by = actors.person(owner, public_name="acme")
    project = factory.project()
    deploy_keys.create(project, by=by, created_by=owner)
    return str(deploy_keys.private_key_of(project))


def webhook() -> str:
    owner = factory.owner()
    by = actors.person(owner, public_name="acme")
    made = subscriptions.create(factory.project(), url="https://example.com/x", wanted=[], by=by, created_by=owner)
    return str(made.secret)


def invitation() -> str:
    owner = factory.owner()
    by = actors.person(owner, public_name="acme")
    made = memberships.invite(factory.project(), email="new@example.com", role="viewer", by=by, invited_by=owner)
    return str(made.token)


def letter() -> str:
    body = "Open https://portal.example/accounts/password/reset/key/1-abcdefg/ within a day."
    mail.send_mail("A new password", body, "portal@portal.example", ["ann@portal.example"])
    return body


KINDS: dict[str, Callable[[], str]] = {
    "client secret": lambda: factory.api_client().client_secret,
    "token": lambda: api.token(factory.api_client()),
    "password": lambda: factory.user("ann@portal.example") and factory.PASSWORD,
    "session key": session_key,
    "reset key": lambda: default_token_generator.make_token(factory.owner()),
    "confirmation key": confirmation,
    "invitation key": invitation,
    "webhook secret": webhook,
    "deploy key": deploy_key,
    "recovery code": lambda: second_factors.recovery_code(factory.owner()),
    "second factor": lambda: second_factors.connect_app(factory.owner()),
    "secret key": lambda: settings.SECRET_KEY,
    "mail": letter,
}


@pytest.fixture
def found() -> Any:
    """Return what was found in this test, and forget it, so that the test does not fail for it."""
    yield WATCH.found
    WATCH.found.clear()


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_in_a_log_is_found(kind: str, found: list[str]) -> None:
    secret = KINDS[kind]()
    before = len(found)

    logging.getLogger("some.library").warning("It said: <%s>", secret)

    assert len(found) == before + 1
    assert secret not in found[-1]


def test_it_is_found_in_facts_and_in_a_traceback(found: list[str]) -> None:
    secret = factory.api_client().client_secret
    logger = logging.getLogger("some.library")

    logger.error("Facts.", extra={"facts": {"key": secret}})
    try:
        raise ValueError(secret)
    except ValueError:
        logger.exception("It failed.")

    assert len(found) == 2


def test_other_texts_are_none(found: list[str]) -> None:
    factory.user("ann@portal.example")

    logging.getLogger("some.library").warning("The battery is correct: %s", timezone.now() + timedelta(days=1))

    assert found == []
