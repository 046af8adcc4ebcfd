"""Keeping what is typed into the connector form until it is saved.

A page sends what is typed again and again, and its last message may arrive after the form itself. So each form that is
drawn has a name, its sheet: once it was sent, to be saved, put away or dropped, what its page still says is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from accounts.requests.nul import NUL
from connectors.drafts import update
from connectors.models import ConnectorStaged, Unfinished

SHEET = "sheet"
LEFT_OUT = frozenset({"csrfmiddlewaretoken", "look", "later", SHEET})
MOST_FIELDS = 40
LONGEST = 20_000
LONGEST_SHEET = 40
MOST_SHEETS = 20
"""Ended sheets that are remembered: more than one person has open at once, and may still hear from."""


def keep(user: User, *, draft: ConnectorStaged | None, typed: QueryDict, now: datetime | None = None) -> Unfinished:
    """Keep the fields of a form as the browser sent them, whatever they hold. It was sent, so its sheet is over."""
    with _held(user, draft=draft) as row:
        _take(row, typed, now=now)
        _end(row, typed)
    return row


def keep_meanwhile(
    user: User, *, draft: ConnectorStaged | None, typed: QueryDict, now: datetime | None = None
) -> Unfinished | None:
    """Keep what a page sends while somebody types; return None for a sheet that is over, whose words come too late."""
    with _held(user, draft=draft) as row:
        if _sheet(typed) in row.over:
            return None
        _take(row, typed, now=now)
    return row


def find(user: User, *, draft: ConnectorStaged | None) -> Unfinished | None:
    """Return what somebody typed and did not save."""
    return Unfinished.objects.filter(user=user, draft=draft).exclude(typed={}).first()


def forget(user: User, *, draft: ConnectorStaged | None, typed: QueryDict) -> None:
    """Forget it: the form that was sent, `typed`, was saved, or is not wanted."""
    with _held(user, draft=draft) as row:
        row.typed = {}
        _end(row, typed)


@contextmanager
def _held(user: User, *, draft: ConnectorStaged | None) -> Iterator[Unfinished]:
    """Yield the row of one form of one person, and store it at the end; two requests do so one after the other."""
    with transaction.atomic():
        if draft is not None:
            update.hold(draft.pk)
        row, _ = Unfinished.objects.select_for_update().get_or_create(user=user, draft=draft)
        yield row
        row.save()


def _take(row: Unfinished, typed: QueryDict, *, now: datetime | None) -> None:
    row.typed = {
        name.replace(NUL, ""): [value.replace(NUL, "")[:LONGEST] for value in typed.getlist(name)]
        for name in list(typed)[:MOST_FIELDS]
        if name not in LEFT_OUT
    }
    row.at = now or timezone.now()


def _end(row: Unfinished, typed: QueryDict) -> None:
    if sheet := _sheet(typed):
        row.over = [*row.over, sheet][-MOST_SHEETS:]


def _sheet(typed: QueryDict) -> str:
    return typed.get(SHEET, "").replace(NUL, "")[:LONGEST_SHEET]
