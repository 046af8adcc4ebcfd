"""Reading the queue: one table, index-backed, the same cost for ten rounds and for a hundred thousand."""

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
"""Nobody needs the exact number of a longer list, and counting it would cost more than the page."""

CLOSED = frozenset({ConnectorStatus.DRAFT, ConnectorStatus.PUBLISHED, ConnectorStatus.FAILED})
"""The statuses of connectors whose round has ended: who filters by one of them looks at what was."""


@dataclass(frozen=True)
class View:
    """A standing view of open rounds: a counter that is a filter as well."""

    label: str
    condition: Callable[[User, datetime], Q]
    """Of somebody at some moment."""


_REVIEWERS = Q(turn=Turn.REVIEWER)


STANDING = {
    "overdue": View("Overdue", lambda by, now: overdue.condition(now)),
    "escalated": View("Escalated", lambda by, now: escalations.ANY & ~closeness.members(by)),
    "mine": View("Mine", lambda by, now: Q(assignee=by)),
    "unclaimed": View("Unclaimed", lambda by, now: _REVIEWERS & Q(assignee=None)),
    "developer": View("Waiting for the developer", lambda by, now: Q(turn=Turn.DEVELOPER)),
    "all": View("All open", lambda by, now: Q()),
}


def listed(view: str, *, status: str, by: User, now: datetime) -> QuerySet[Round]:
    """Return the rounds of a view, sorted by due date.

    Without a view these are the ones that this person could do next, as far as `closeness` lets them take it: it is the
    reviewers' turn and they or nobody has them, or they were escalated to this person. A status without a view means
    every round of that status.
    """
    rows = Round.objects.all() if status in CLOSED else Round.objects.open()
    if view in STANDING:
        rows = rows.filter(STANDING[view].condition(by, now))
    elif not status:
        free = _REVIEWERS & (Q(assignee=None) | Q(assignee=by))
        rows = rows.filter(free | escalations.waiting(by)).exclude(closeness.not_to_take(by))
    return rows.order_by("-decided_at", "-id") if status in CLOSED else rows.order_by("due_at", "id")


def numbers(*, by: User, now: datetime) -> dict[str, int]:
    """Return how many rounds each standing view has, each at most one more than `COUNTED`, in one query.

    The view without a name is what this person could do next.
    """
    counted = _counting(COUNTED + 1, by.role)
    return dict(zip(counted, statements.counts(*counted.values(), user_id=by.pk, now=now), strict=True))


def escalated(by: User) -> int:
    """Return how many open rounds wait for somebody because they were escalated; the navigation shows it."""
    return _escalated(by.role).count(user_id=by.pk) if escalations.reaching(by) else 0


@cache
def _escalated(role: str) -> statements.Written:
    def build(user_id: int) -> QuerySet[Round, Any]:
        by = User(pk=user_id, role=role)
        rows = Round.objects.open().filter(escalations.waiting(by)).exclude(closeness.not_to_take(by))
        return rows.order_by().values("pk")[: COUNTED + 1]

    return statements.Written(build, user_id=int)


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
    """Return a capped number as it is shown."""
    return f"{COUNTED}+" if number > COUNTED else str(number)
