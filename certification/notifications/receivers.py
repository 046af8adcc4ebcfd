"""What starts telling: an event that was recorded, and the sweep of a worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import Event
from accounts.signals import event_recorded, swept
from certification.notifications import telling
from certification.notifications.channels import mail


@receiver(event_recorded)
def pass_on(event: Event, **_: Any) -> None:
    """Give an event that concerns somebody to the worker: the request does not wait for mail and network."""
    if telling.concerns(event):
        telling.tell_event.enqueue(event.pk)


@receiver(swept)
def make_up(now: datetime, **_: Any) -> None:
    """Tell what was missed, send what got stuck, send the digests of the day."""
    telling.catch_up(now=now)
    mail.recover(now=now)
    mail.send_digests(now=now)
    telling.prune(now=now)
