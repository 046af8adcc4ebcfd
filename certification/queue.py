"""Reading the queue: one table, index-backed, the same cost for ten rounds and for a hundred thousand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from certification.choices import Turn
from certification.models import Round

PAGE = 25
COUNTED = 1000
"""Nobody needs the exact number of a longer list, and counting it would cost more than the page."""


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
        return f"{COUNTED}+" if self.number > COUNTED else str(self.number)


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


def counters(*, by: User, now: datetime) -> list[Counter]:
    """Return the counters, each at most one more than `COUNTED`."""
    return [
        Counter(name, view.label, view.icon, capped(Round.objects.open().filter(view.condition)))
        for name, view in views(by=by, now=now).items()
    ]


def capped(rows: QuerySet[Round]) -> int:
    """Return how many rows there are, but stop counting after `COUNTED`."""
    return rows.order_by()[: COUNTED + 1].count()
