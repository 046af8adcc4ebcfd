"""Somebody's inbox."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from certification.models import Notification
from database.statements import Written


def for_user(user: User) -> QuerySet[Notification]:
    """Return what an inbox shows, the newest first."""
    return Notification.objects.filter(recipient=user, in_inbox=True)


def unread(user: User) -> int:
    """Return how much was not read yet."""
    return _UNREAD.count(user_id=user.pk)


# Every page asks for it.
_UNREAD = Written(
    lambda user_id: for_user(User(pk=user_id)).filter(read_at=None).order_by().values_list("pk"),
    user_id=int,
)


def read(user: User, pk: int, *, now: datetime | None = None) -> Notification | None:
    """Mark one as read and return it; None for one of somebody else."""
    row = for_user(user).filter(pk=pk).first()
    if row is not None and row.read_at is None:
        row.read_at = now or timezone.now()
        row.save(update_fields=["read_at"])
    return row


def read_all(user: User, *, until: int, now: datetime | None = None) -> int:
    """Mark everything as read that the page showed: nothing that came after `until` (an id)."""
    return for_user(user).filter(read_at=None, pk__lte=until).update(read_at=now or timezone.now())
