"""What webhooks do when a worker sweeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.signals import swept
from accounts.webhooks import deliveries


@receiver(swept)
def make_up(now: datetime, **_: Any) -> None:
    """Send again what was lost, and shorten the log."""
    deliveries.recover(now=now)
    deliveries.prune(now=now)
