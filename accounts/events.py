"""Appending to the event log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Required, TypedDict, Unpack

from django.db import transaction

from accounts.actors import Actor
from accounts.models import Event
from accounts.requests import correlation
from accounts.signals import event_recorded


class Fields(TypedDict, total=False):
    """The content of an event besides its name: the actor, the subject, and its state before and after."""

    by: Required[Actor]
    subject_type: Required[str]
    subject_id: Required[object]
    subject_label: str
    project_key: str
    status_from: str
    status_to: str
    version: int | None
    commit: str
    details: Mapping[str, Any] | None


def compose(name: str, **fields: Unpack[Fields]) -> Event:
    """Return the event that `record` would append, without appending it, for previews."""
    by = fields["by"]
    return Event(
        name=name,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label[:256],
        project_key=fields.get("project_key", ""),
        subject_type=fields["subject_type"],
        subject_id=str(fields["subject_id"]),
        subject_label=fields.get("subject_label", "")[:256],
        status_from=fields.get("status_from", ""),
        status_to=fields.get("status_to", ""),
        version=fields.get("version"),
        commit=fields.get("commit", ""),
        details=dict(fields.get("details") or {}),
        correlation_id=correlation.current(),
    )


def append(events: Sequence[Event]) -> None:
    """Append new events with one statement, in the transaction of the change that they record."""
    Event.objects.bulk_create(events)
    for event in events:
        transaction.on_commit(partial(event_recorded.send_robust, sender=Event, event=event))


def record(name: str, **fields: Unpack[Fields]) -> Event:
    """Append one event, named `noun:verb`, in the transaction of the change that it records."""
    event = compose(name, **fields)
    append([event])
    return event
