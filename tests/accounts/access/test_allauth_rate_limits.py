"""How long the library's limits keep somebody away, read from its settings."""

from __future__ import annotations

import pytest
from allauth.account import app_settings
from pytest_django import Settings

from accounts.access import allauth_rate_limits


@pytest.mark.parametrize(
    ("rates", "seconds"),
    [
        ("10/m/ip", 60),
        ("10/m/ip,5/300s/key", 300),
        ("5/300s/key, 10/m/ip", 300),
        ("1/2h", 7200),
        ("3/d/user", 86400),
        (None, allauth_rate_limits.USUAL),
        ("", allauth_rate_limits.USUAL),
    ],
)
def test_longest_window_counts(settings: Settings, rates: str | None, seconds: int) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": rates}

    assert allauth_rate_limits.seconds_of("login") == seconds


def test_limits_that_are_off_have_the_usual_time(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False

    assert allauth_rate_limits.seconds_of("login") == allauth_rate_limits.USUAL


def test_library_counts_every_action_that_we_name(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}

    assert {*allauth_rate_limits.ACTIONS.values(), allauth_rate_limits.FAILED_LOGIN} <= app_settings.RATE_LIMITS.keys()
