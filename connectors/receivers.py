"""From a signal to the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from connectors.signals import run_queued
from connectors.worker.tasks import run_validation


@receiver(run_queued)
def enqueue(run_id: UUID, not_before: datetime | None = None, **_: Any) -> None:
    """Send the message that there is work, for later when the run has to wait."""
    message = run_validation.using(run_after=not_before) if not_before else run_validation
    message.enqueue(str(run_id))
