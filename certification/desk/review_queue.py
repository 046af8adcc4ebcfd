"""Queries of the queue: one table, by indexes, at the same cost for ten rounds and for a hundred thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from certification import overdue
from certification.choices import Turn
from certification.models import Round
from certification.rounds import closeness, escalations
from connectors.choices import ConnectorStatus
from database import statements

PAGE = 25
COUNTED = 1000
"""Where counting stops: nobody needs the length of a longer list, and counting it would cost more than the page."""

CLOSED = frozenset({ConnectorStatus.DRAFT, ConnectorStatus.PUBLISHED, ConnectorStatus.FAILED})
"""The statuses of connectors whose round has ended. A filter by one of them shows past rounds."""


@dataclass(frozen=True)
class View:
    """A built-in view of open rounds, shown as a counter that filters the queue."""

    label: str
    condition: Callable[[User, datetime], Q]
    """Returns the condition for a person at a moment."""


_REVIEWERS = Q(turn=Turn.REVIEWER)


STANDING = {
    "overdue": View("Overdue", lambda by, now: overdue.condition(now)),
    "escalated": View("Escalated", lambda by, now: escalations.ANY),
    "mine": View("Mine", lambda by, now: Q(assignee=by)),
    "unclaimed": View("Unclaimed", lambda by, now: _REVIEWERS & Q(assignee=None)),
    "developer": View("Waiting for the developer", lambda by, now: Q(turn=Turn.DEVELOPER)),
    "all": View("All open", lambda by, now: Q()),
}


def listed(view: str, *, status: str, by: User, now: datetime) -> QuerySet[Round]:
    """Return the rounds of a view, sorted by due date, but those of Projects to which this person is too close.

    Without a view these are the rounds that this person could review next, unless `closeness` forbids it: it is the
    reviewers' turn and the round is unassigned or theirs, or it was escalated to them. A status without a view means
    every round of that status.
    """
    rows = Round.objects.all() if status in CLOSED else Round.objects.open()
    rows = rows.exclude(closeness.members(by, now=now))
    if view in STANDING:
        rows = rows.filter(STANDING[view].condition(by, now))
    elif not status:
        free = _REVIEWERS & (Q(assignee=None) | Q(assignee=by))
        rows = rows.filter(free | escalations.waiting(by)).exclude(closeness.must_not_claim(by, now=now))
    return rows.order_by("-decided_at", "-id") if status in CLOSED else rows.order_by("due_at", "id")


def numbers(*, by: User, now: datetime) -> dict[str, int]:
    """Return how many rounds each built-in view has, at most `COUNTED` + 1 each, in one query.

    The view without a name has the rounds that this person could review next.
    """
    counted = _counting(COUNTED + 1, by.role)
    return dict(zip(counted, statements.counts(*counted.values(), user_id=by.pk, now=now), strict=True))


def escalated(by: User, *, now: datetime) -> int:
    """Return how many open rounds are escalated to somebody; the navigation shows the number."""
    return _escalated(by.role).count(user_id=by.pk, now=now) if escalations.reaching(by) else 0


@cache
def _escalated(role: str) -> statements.Written:
    def build(user_id: int, now: datetime) -> QuerySet[Round, Any]:
        by = User(pk=user_id, role=role)
        rows = Round.objects.open().filter(escalations.waiting(by)).exclude(closeness.must_not_claim(by, now=now))
        return rows.order_by().values("pk")[: COUNTED + 1]

    return statements.Written(build, user_id=int, now=datetime)


@cache
def _counting(most: int, role: str) -> dict[str, statements.Written]:
    def written(view: str) -> statements.Written:
        def build(user_id: int, now: datetime) -> QuerySet[Round, Any]:
            by = User(pk=user_id, role=role)
            return listed(view, status="", by=by, now=now).order_by().values("pk")[:most]

        return statements.Written(build, user_id=int, now=datetime)

    return {view: written(view) for view in ("", *STANDING)}


def capped(rows: QuerySet[Round]) -> int:
    """Return how many rows there are, but stop counting after `COUNTED`."""
    return rows.order_by()[: COUNTED + 1].count()


def shown(number: int) -> str:
    """Return a capped number as text, such as `1000+`."""
    return f"{COUNTED}+" if number > COUNTED else str(number)
