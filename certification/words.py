"""Times and sizes in words, for pages and files."""

from __future__ import annotations

from datetime import datetime, timedelta

from certification.sla import DAY, Calendar

HOUR = timedelta(hours=1)


def due(moment: datetime, *, now: datetime, calendar: Calendar) -> str:
    """Return when something is due, in business time: `in 2 days`, `in 5 h`, `3 days overdue`."""
    left = calendar.between(now, moment)
    if left < timedelta(0):
        return f"{span(-left)} overdue"
    return f"in {span(left)}"


def span(time: timedelta) -> str:
    """Return a span of time in its largest unit."""
    if time >= DAY:
        days = round(time / DAY)
        return "1 day" if days == 1 else f"{days} days"
    if time >= HOUR:
        return f"{int(time / HOUR)} h"
    return f"{max(int(time.total_seconds() // 60), 0)} min"


def typed(text: str) -> str:
    """Return what somebody typed without blanks around it, and with the line breaks of this side: forms send CRLF."""
    return text.replace("\r\n", "\n").strip()


def number(count: int, word: str, plural: str = "") -> str:
    """Return a number with its word: `1 file`, `2 files`."""
    return f"{count} {word if count == 1 else plural or word + 's'}"
