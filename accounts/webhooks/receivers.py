"""Maintain webhook deliveries when a worker sweeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.signals import swept
from accounts.webhooks import deliveries


@receiver(swept)
def make_up(now: datetime, **_: Any) -> None:
    """Send lost messages again, and trim the log."""
    deliveries.recover(now=now)
    deliveries.prune(now=now)
