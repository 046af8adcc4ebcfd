"""Secrets that are kept from one request to the next, and shown once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import override_settings
from django.utils import timezone
from pytest import MonkeyPatch

from web import one_time_secrets

pytestmark = pytest.mark.security

SECRET = {"secret": "hunter2"}


@pytest.fixture
def session() -> SessionStore:
    """A session with a secret for one place."""
    session = SessionStore()
    one_time_secrets.keep(session, place="webhook 1", secret=SECRET)
    return session


def test_a_secret_is_taken_once(session: SessionStore) -> None:
    assert one_time_secrets.take(session, place="webhook 1") == SECRET
    assert one_time_secrets.take(session, place="webhook 1") is None
    assert one_time_secrets.KEY not in session


def test_another_place_neither_gets_it_nor_takes_it_away(session: SessionStore) -> None:
    assert one_time_secrets.take(session, place="webhook 2") is None
    assert one_time_secrets.take(session, place="webhook 1") == SECRET


def test_it_is_not_kept_in_clear(session: SessionStore) -> None:
    assert "hunter2" not in str(dict(session.items()))


@pytest.mark.parametrize("place", ["webhook 1", "webhook 2"])
def test_one_that_nobody_looked_at_is_forgotten(session: SessionStore, monkeypatch: MonkeyPatch, place: str) -> None:
    later = timezone.now() + one_time_secrets.KEPT + timedelta(seconds=1)
    monkeypatch.setattr(one_time_secrets.timezone, "now", lambda: later)

    assert one_time_secrets.take(session, place=place) is None
    assert one_time_secrets.KEY not in session


def test_one_that_cannot_be_opened_is_forgotten(session: SessionStore) -> None:
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
        assert one_time_secrets.take(session, place="webhook 1") is None

    assert one_time_secrets.KEY not in session


def test_nothing_is_kept_at_first() -> None:
    assert one_time_secrets.take(SessionStore(), place="webhook 1") is None
