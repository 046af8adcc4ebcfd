"""Times and sizes in words, for pages and files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from certification import business_calendar
from certification.business_calendar import DAY, Calendar
from certification.choices import Turn
from certification.models import Round

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def due_of(row: Round, *, now: datetime, calendar: Calendar) -> str:
    """Return when a round is due; "" for one that has ended, and while checks run, because no clock runs then."""
    if not row.is_open or row.turn == Turn.SYSTEM:
        return ""
    if row.turn == Turn.DEVELOPER and business_calendar.is_past(row.due_at, now=now):
        return "deadline passed"
    return due(row.due_at, now=now, calendar=calendar)


def due(moment: datetime, *, now: datetime, calendar: Calendar) -> str:
    """Return when something is due: `in 2 business days`, `in 5 h`, `3 business days overdue`.

    The calendar counts the days: what is due on Monday is `in 1 business day` during the whole weekend before.
    """
    if business_calendar.is_past(moment, now=now):
        late = _distance(moment, now, calendar=calendar) or span(calendar.between(moment, now))
        return f"{late} overdue".strip()
    left = _distance(now, moment, calendar=calendar) or span(_passed(now, moment))
    return f"in {left or 'less than a minute'}"


def span(time: timedelta) -> str:
    """Return a span of time in its largest unit; "" for less than a minute."""
    if time >= DAY:
        return number(round(time / DAY), "day")
    if time >= HOUR:
        return f"{int(time / HOUR)} h"
    return f"{int(time / MINUTE)} min" if time >= MINUTE else ""


def _distance(start: datetime, end: datetime, *, calendar: Calendar) -> str:
    """Return the hours between two moments without a weekend between them, else the business days; "" for none."""
    passed = _passed(start, end)
    if passed < DAY and passed == calendar.between(start, end):
        return span(passed)
    days = calendar.days_between(start, end)
    return number(days, "business day") if days else ""


def _passed(start: datetime, end: datetime) -> timedelta:
    """Return the elapsed time between two moments. Without UTC, a change to or from DST between them would be lost."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def typed(text: str) -> str:
    """Return what somebody typed, stripped and with LF line breaks, because forms send CRLF."""
    return text.replace("\r\n", "\n").strip()


def number(count: int, word: str, plural: str = "") -> str:
    """Return a number with its word: `1 file`, `2 files`."""
    return f"{count} {word if count == 1 else plural or word + 's'}"
