"""Enqueue runs when they are requested, and previews that killed workers left."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.signals import swept
from connectors.fetches import repository_previews
from connectors.signals import run_queued
from connectors.worker.tasks import run_validation


@receiver(run_queued)
def enqueue(run_id: UUID, not_before: datetime | None = None, **_: Any) -> None:
    """Enqueue a message for a run, delayed if the run must wait."""
    message = run_validation.using(run_after=not_before) if not_before else run_validation
    message.enqueue(str(run_id))


@receiver(swept)
def keep_previews(now: datetime, **_: Any) -> None:
    """Enqueue previews again whose worker is gone, and delete old ones, on each sweep of a worker."""
    repository_previews.recover(now=now)
    repository_previews.prune(now=now)
