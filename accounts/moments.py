"""Format dates and times, the same on pages, in mails and in messages."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def day(moment: datetime) -> str:
    """Return the date of a moment, for titles and subjects: `Fri 11 Dec 2026`."""
    local = timezone.localtime(moment)
    return f"{local:%a} {local.day} {local:%b %Y}"


def when(moment: datetime) -> str:
    """Return a moment as text with its time zone: `Fri 11 Dec 2026, 17:00 CET`.

    The reader may be elsewhere, so the zone is always shown; a zone without an abbreviation is shown by its offset.
    """
    local = timezone.localtime(moment)
    zone = local.tzname() or "UTC"
    return f"{day(moment)}, {local:%H:%M} {zone if zone[0].isalpha() else f'UTC{zone}'}"
