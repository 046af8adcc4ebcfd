"""Asking for a validation run."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction

from accounts.actors import Actor
from connectors.models import ConnectorStaged, ValidationRun
from connectors.signals import run_queued

Kind = ValidationRun.Kind
State = ValidationRun.State


def request(
    draft: ConnectorStaged, *, kind: str, by: Actor, now: datetime, certification: bool = False
) -> ValidationRun:
    """Queue a run over the draft's repository and tag as they are now; earlier open ones of this kind are dropped.

    Call within the transaction that changes the draft: the queue hears of the run after the commit.
    """
    supersede(draft, kinds=[kind], now=now)
    run = ValidationRun.objects.create(
        draft=draft,
        kind=kind,
        certification=certification,
        url=draft.repository_url,
        tag=draft.repository_tag,
        requested_by=by.label[:256],
        queued_at=now,
        not_before=now,
    )
    transaction.on_commit(partial(run_queued.send, sender=ValidationRun, run_id=run.id))
    return run


def supersede(draft: ConnectorStaged, *, kinds: list[str], now: datetime) -> int:
    """Drop the open runs of these kinds: whoever works on one loses the lease and stores nothing."""
    return draft.runs.filter(kind__in=kinds, state__in=ValidationRun.OPEN).update(
        state=State.SUPERSEDED, finished_at=now, lease=None, lease_expires_at=None
    )
