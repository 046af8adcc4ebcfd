"""Appending to the event log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from accounts import correlation
from accounts.actors import Actor
from accounts.models import Event
from accounts.signals import event_recorded


def record(
    name: str,
    *,
    by: Actor,
    subject_type: str,
    subject_id: object,
    subject_label: str = "",
    project_key: str = "",
    status_from: str = "",
    status_to: str = "",
    version: int | None = None,
    commit: str = "",
    details: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event, named `noun:verb`, within the transaction of the change it tells of."""
    event = Event.objects.create(
        name=name,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label[:256],
        project_key=project_key,
        subject_type=subject_type,
        subject_id=str(subject_id),
        subject_label=subject_label[:256],
        status_from=status_from,
        status_to=status_to,
        version=version,
        commit=commit,
        details=dict(details or {}),
        correlation_id=correlation.current(),
    )
    transaction.on_commit(partial(event_recorded.send_robust, sender=Event, event=event))
    return event
