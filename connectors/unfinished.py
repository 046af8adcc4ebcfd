"""Keeping what is typed into the connector form until it is saved."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from connectors.models import ConnectorStaged, Unfinished

LEFT_OUT = frozenset({"csrfmiddlewaretoken", "look", "later"})
MOST_FIELDS = 40
LONGEST = 20_000


def keep(user: User, *, draft: ConnectorStaged | None, typed: QueryDict, now: datetime | None = None) -> Unfinished:
    """Keep the fields of a form as the browser sent them, whatever they hold."""
    fields = {
        name: [value.replace("\0", "")[:LONGEST] for value in typed.getlist(name)]
        for name in list(typed)[:MOST_FIELDS]
        if name not in LEFT_OUT
    }
    row, _ = Unfinished.objects.update_or_create(
        user=user, draft=draft, defaults={"typed": fields, "at": now or timezone.now()}
    )
    return row


def find(user: User, *, draft: ConnectorStaged | None) -> Unfinished | None:
    """Return what somebody typed and did not save."""
    return Unfinished.objects.filter(user=user, draft=draft).first()


def forget(user: User, *, draft: ConnectorStaged | None) -> None:
    """Forget it: it was saved, or is not wanted."""
    Unfinished.objects.filter(user=user, draft=draft).delete()
