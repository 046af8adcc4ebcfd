"""Reading the queue: one table, index-backed, the same cost for ten rounds and for a hundred thousand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Membership, User
from certification.choices import Turn
from certification.models import Round
from connectors.choices import ConnectorStatus

PAGE = 25
COUNTED = 1000
"""Nobody needs the exact number of a longer list, and counting it would cost more than the page."""

CLOSED = frozenset({ConnectorStatus.DRAFT, ConnectorStatus.PUBLISHED, ConnectorStatus.FAILED})
"""The statuses of connectors whose round has ended: who filters by one of them looks at what was."""


@dataclass(frozen=True)
class View:
    """A standing view: a counter that is a filter as well."""

    label: str
    icon: str
    condition: Q


@dataclass(frozen=True)
class Counter:
    """The number of a standing view."""

    view: str
    label: str
    icon: str
    number: int

    @property
    def shown(self) -> str:
        """The number, or that there are more than anybody counts."""
        return shown(self.number)


def views(*, by: User, now: datetime) -> dict[str, View]:
    """Return the standing views of the queue by name. All of them are over open rounds."""
    reviewers = Q(turn=Turn.REVIEWER)
    return {
        "overdue": View("Overdue", "calendar-due", reviewers & Q(due_at__lt=now)),
        "mine": View("Mine", "user-check", Q(assignee=by)),
        "unclaimed": View("Unclaimed", "inbox", reviewers & Q(assignee=None)),
        "developer": View("Waiting for the developer", "code", Q(turn=Turn.DEVELOPER)),
        "all": View("All open", "list", Q()),
    }


def listed(view: str, *, status: str, by: User, now: datetime) -> QuerySet[Round]:
    """Return the rounds of a view, what is due first in front.

    Without a view these are the ones that this person could do next: it is the reviewers' turn, they or nobody has
    them, and they are not their own Project's. A status without a view means every round of that status.
    """
    rows = Round.objects.all() if status in CLOSED else Round.objects.open()
    known = views(by=by, now=now)
    if view in known:
        rows = rows.filter(known[view].condition)
    elif not status:
        own = Membership.objects.filter(user=by).values("project_id")
        rows = rows.filter(turn=Turn.REVIEWER).filter(Q(assignee=None) | Q(assignee=by)).exclude(project_id__in=own)
    return rows.order_by("-decided_at", "-id") if status in CLOSED else rows.order_by("due_at", "id")


def counters(*, by: User, now: datetime) -> list[Counter]:
    """Return the counters in one query, each at most one more than `COUNTED`."""
    known = views(by=by, now=now)
    parts, parameters = [], []
    for view in known.values():
        rows = Round.objects.open().filter(view.condition).order_by().values("pk")[: COUNTED + 1]
        text, values = rows.query.sql_with_params()
        # The text is what the ORM made; every value is a parameter.
        parts.append(f"(SELECT COUNT(*) FROM ({text}) AS counted)")  # noqa: S608
        parameters += list(values)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), parameters)
        numbers = cursor.fetchone()
    return [Counter(name, view.label, view.icon, n) for (name, view), n in zip(known.items(), numbers, strict=True)]


def capped(rows: QuerySet[Round]) -> int:
    """Return how many rows there are, but stop counting after `COUNTED`."""
    return rows.order_by()[: COUNTED + 1].count()


def shown(number: int) -> str:
    """Return a capped number as it is shown."""
    return f"{COUNTED}+" if number > COUNTED else str(number)
