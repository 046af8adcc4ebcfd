"""Moments in words, the same on pages, in mails and in messages."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def day(moment: datetime) -> str:
    """Return the day of a moment, for titles and subjects: `Fri 11 Dec 2026`."""
    local = timezone.localtime(moment)
    return f"{local:%a} {local.day} {local:%b %Y}"


def when(moment: datetime) -> str:
    """Return a moment as people say it, with its time zone: `Fri 11 Dec 2026, 17:00 CET`.

    The reader may live elsewhere, so the zone is always named; one without letters is shown by its offset.
    """
    local = timezone.localtime(moment)
    zone = local.tzname() or "UTC"
    return f"{day(moment)}, {local:%H:%M} {zone if zone[0].isalpha() else f'UTC{zone}'}"
