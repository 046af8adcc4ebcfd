"""Start notifications: after an event was recorded, and in the sweep of a worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import Event
from accounts.signals import event_recorded, swept
from certification.notifications import channels, telling


@receiver(event_recorded)
def pass_on(event: Event, **_: Any) -> None:
    """Pass an event that concerns somebody to a worker, so that the request does not wait for mail and network."""
    if telling.concerns(event):
        telling.tell_event.enqueue(event.pk)


@receiver(swept)
def make_up(now: datetime, **_: Any) -> None:
    """Create missed notifications, and let each channel send what got stuck."""
    telling.catch_up(now=now)
    for channel in channels.registered().values():
        channel.sweep(now)
    telling.prune(now=now)
