"""Rounds that the reviewers have not decided in time: as a condition, for an open round, and for a decided one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from certification import business_calendar
from certification.choices import Turn
from certification.models import Round


def condition(now: datetime) -> Q:
    """Return the condition for open rounds whose reviewers are late."""
    return Q(turn=Turn.REVIEWER) & business_calendar.past(now)


def is_overdue(row: Round, *, now: datetime) -> bool:
    """Return whether the reviewers of an open round are late."""
    return row.is_open and row.turn == Turn.REVIEWER and business_calendar.is_past(row.due_at, now=now)


def was_overdue(row: Round) -> bool:
    """Return whether the reviewers of a decided round were late."""
    if (row.clock_left or timedelta(0)) < timedelta(0):
        return True
    return (
        row.decided_at is not None
        and row.turn == Turn.REVIEWER
        and business_calendar.is_past(row.due_at, now=row.decided_at)
    )
