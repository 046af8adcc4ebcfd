"""A person's inbox."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from certification.models import Notification
from certification.notifications.kinds import KINDS, Side
from certification.rounds import closeness
from database.statements import Written

REVIEWERS = [kind.id for kind in KINDS.values() if kind.side is Side.REVIEWER]


def for_user(user: User, *, now: datetime | None = None) -> QuerySet[Notification]:
    """Return the notifications in a person's inbox, the newest first."""
    return Notification.objects.filter(recipient=user, in_inbox=True).exclude(closed(user, now=now))


def closed(user: User, *, now: datetime | None = None) -> Q:
    """Return the condition for notifications to reviewers about Projects to which this person is too close now."""
    return Q(kind__in=REVIEWERS) & closeness.members(user, path="project_key", now=now)


def unread(user: User) -> int:
    """Return the number of unread notifications."""
    return _UNREAD.count(user_id=user.pk, now=timezone.now())


# Every page shows it.
_UNREAD = Written(
    lambda user_id, now: for_user(User(pk=user_id), now=now).filter(read_at=None).order_by().values_list("pk"),
    user_id=int,
    now=datetime,
)


def read(user: User, pk: int, *, now: datetime | None = None) -> Notification | None:
    """Mark a notification as read and return it; None if it is somebody else's."""
    row = for_user(user).filter(pk=pk).first()
    if row is not None and row.read_at is None:
        row.read_at = now or timezone.now()
        row.save(update_fields=["read_at"])
    return row


def read_all(user: User, *, until: int, now: datetime | None = None) -> int:
    """Mark notifications as read up to the id `until`, the newest that the page showed; return how many."""
    return for_user(user).filter(read_at=None, pk__lte=until).update(read_at=now or timezone.now())
