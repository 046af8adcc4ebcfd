"""What the reviewers are too late with: of a query, of a round, and of one that is decided."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from certification import business_calendar
from certification.choices import Turn
from certification.models import Round


def condition(now: datetime) -> Q:
    """Return the condition of open rounds that the reviewers are too late with."""
    return Q(turn=Turn.REVIEWER) & business_calendar.past(now)


def is_overdue(row: Round, *, now: datetime) -> bool:
    """Tell the same of one round."""
    return row.is_open and row.turn == Turn.REVIEWER and business_calendar.is_past(row.due_at, now=now)


def was_overdue(row: Round) -> bool:
    """Return whether the reviewers were too late with a round that is decided."""
    if (row.clock_left or timedelta(0)) < timedelta(0):
        return True
    return (
        row.decided_at is not None
        and row.turn == Turn.REVIEWER
        and business_calendar.is_past(row.due_at, now=row.decided_at)
    )
