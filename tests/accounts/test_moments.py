"""Moments in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.moments import when
from web.templatetags import moments


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "Fri 11 Dec 2026, 16:00 UTC"),
        ("Europe/Berlin", "Fri 11 Dec 2026, 17:00 CET"),
        ("America/New_York", "Fri 11 Dec 2026, 11:00 EST"),
        ("America/Sao_Paulo", "Fri 11 Dec 2026, 13:00 UTC-03"),
    ],
)
def test_a_moment_is_told_with_its_zone(settings: Any, zone: str, said: str) -> None:
    settings.TIME_ZONE = zone

    assert when(datetime(2026, 12, 11, 16, tzinfo=UTC)) == said


def test_summer_has_its_own_name(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"

    assert when(datetime(2026, 7, 3, 16, tzinfo=UTC)) == "Fri 3 Jul 2026, 18:00 CEST"


def test_no_moment_is_an_empty_text() -> None:
    assert moments.when(None) == ""
