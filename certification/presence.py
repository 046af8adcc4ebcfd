"""Who else has a review open: a hint, no lock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from accounts.models import User
from certification.models import Presence, Round

LASTS = timedelta(seconds=90)
"""After this the hint goes away; an open page says every thirty seconds that it is still there."""


def note(row: Round, *, by: User, now: datetime) -> None:
    """Take down that somebody has the review open."""
    if not Presence.objects.filter(round=row, user=by).update(seen_at=now):
        Presence.objects.get_or_create(round=row, user=by, defaults={"seen_at": now})


def others(row: Round, *, by: User, now: datetime) -> list[str]:
    """Return the names of the others who have it open."""
    seen = Presence.objects.filter(round=row, seen_at__gt=now - LASTS).exclude(user=by).select_related("user")
    return [str(presence.user) for presence in seen]


def at(rows: Iterable[Round], *, by: User, now: datetime) -> dict[int, str]:
    """Return who else has which of these rounds open, by round."""
    seen = Presence.objects.filter(round__in=[row.pk for row in rows], seen_at__gt=now - LASTS).exclude(user=by)
    return {presence.round_id: str(presence.user) for presence in seen.select_related("user")}
