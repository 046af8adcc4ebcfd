"""Who else has a review open: a hint, not a lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from accounts.models.user import called
from certification.models import Presence, Round
from connectors.drafts import update
from database.statements import Written

LASTS = timedelta(seconds=90)
"""After this time the hint disappears; an open page renews it every 30 seconds."""


def note(row: Round, *, by: User, now: datetime) -> None:
    """Record that somebody has the review open."""
    if Presence.objects.filter(round=row, user=by).update(seen_at=now):
        return
    with transaction.atomic():
        update.hold(row.draft_id)
        Presence.objects.get_or_create(round=row, user=by, defaults={"seen_at": now})


def others(row: Round, *, by: User, now: datetime) -> list[str]:
    """Return the names of the others who have the review open."""
    seen = Presence.objects.filter(round=row, seen_at__gt=now - LASTS).exclude(user=by).select_related("user")
    return [str(presence.user) for presence in seen]


def everywhere(*, by: User, now: datetime) -> dict[int, str]:
    """Return one of the other people who have a round open, by the round's id."""
    return {round_id: called(name, email) for round_id, name, email in _SEEN.rows(user_id=by.pk, since=now - LASTS)}


def prune(*, now: datetime) -> None:
    """Delete expired rows: the queue reads the whole table on each request, and nobody needs them later."""
    Presence.objects.filter(seen_at__lt=now - LASTS).delete()


_SEEN = Written(
    lambda user_id, since: (
        Presence.objects.filter(seen_at__gt=since)
        .exclude(user_id=user_id)
        .values_list("round_id", "user__name", "user__email")
    ),
    user_id=int,
    since=datetime,
)
