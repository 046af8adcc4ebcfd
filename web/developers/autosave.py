"""Keeping what is typed into the connector form until it is saved.

A page sends what is typed again and again, and its last message may arrive after the form itself. So each form has a
name in a hidden field: once the form was submitted or discarded, what its page still sends is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django import forms
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
"""Names of submitted forms that are remembered: more than one person has open at once."""


class TypedForm(forms.Form):
    """The connector form as it was typed, right or wrong, and the button that sent it. Refuses nothing."""

    look = forms.BooleanField(required=False)
    later = forms.BooleanField(required=False)

    data: QueryDict

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.full_clean()

    def pressed(self, button: str) -> bool:
        """Return whether the form was sent with the button of this name."""
        return bool(self.cleaned_data[button])

    @property
    def sheet(self) -> str:
        """The name of the form on the page, "" for a page that gives none."""
        return str(self.data.get(SHEET, "")).replace(NUL, "")[:LONGEST_SHEET]

    def fields_as_typed(self) -> dict[str, list[str]]:
        """Return the fields as the browser sent them, without what the database cannot keep."""
        return {
            name.replace(NUL, ""): [value.replace(NUL, "")[:LONGEST] for value in self.data.getlist(name)]
            for name in list(self.data)[:MOST_FIELDS]
            if name not in LEFT_OUT
        }


def keep(user: User, *, draft: ConnectorStaged | None, typed: TypedForm, now: datetime | None = None) -> Unfinished:
    """Keep the fields of a submitted form as the browser sent them, whatever they hold."""
    with _held(user, draft=draft) as row:
        _take(row, typed, now=now)
        _end(row, typed)
    return row


def keep_meanwhile(
    user: User, *, draft: ConnectorStaged | None, typed: TypedForm, now: datetime | None = None
) -> Unfinished | None:
    """Keep what a page sends while somebody types; return None when its form was submitted before."""
    with _held(user, draft=draft) as row:
        if typed.sheet in row.over:
            return None
        _take(row, typed, now=now)
    return row


def find(user: User, *, draft: ConnectorStaged | None) -> Unfinished | None:
    """Return what a person typed and did not save."""
    return Unfinished.objects.filter(user=user, draft=draft).exclude(typed={}).first()


def forget(user: User, *, draft: ConnectorStaged | None, typed: TypedForm) -> None:
    """Forget it: the submitted form, `typed`, was saved or discarded."""
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


def _take(row: Unfinished, typed: TypedForm, *, now: datetime | None) -> None:
    row.typed = typed.fields_as_typed()
    row.at = now or timezone.now()


def _end(row: Unfinished, typed: TypedForm) -> None:
    if typed.sheet:
        row.over = [*row.over, typed.sheet][-MOST_SHEETS:]
