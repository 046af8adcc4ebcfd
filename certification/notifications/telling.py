"""Create the notifications for a recorded event: inbox rows, and messages for the channels.

The event is the message; a Telling row, stored in the same transaction as the inbox rows, marks it as done. The sweep
finds events that a killed worker left.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_tasks import task

from accounts.models import Event
from certification.models import Notification, Telling
from certification.notifications import audience, channels, event_facts, links, preferences
from certification.notifications.audience import Listener
from certification.notifications.event_facts import Facts
from certification.notifications.kinds import SUBJECTS, TOPICS
from certification.notifications.preferences import Way

logger = logging.getLogger(__name__)

Mail = Notification.Mail
GRACE = timedelta(seconds=30)
LOOKED_BACK = timedelta(days=2)
MOST = 200


def concerns(event: Event) -> bool:
    """Return whether an event has notifications."""
    return event.name in TOPICS and event.subject_type in SUBJECTS


@task(queue_name="default")
def tell_event(event_id: int) -> int:
    """Create the notifications for one event, in the worker."""
    return tell(event_id)


def tell(event_id: int) -> int:
    """Create the notifications for an event, once; return for how many people."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None or not concerns(event):
        return 0
    try:
        with transaction.atomic():
            Telling.objects.create(event=event.uuid)
            rows = _notify(event)
            for channel in channels.registered().values():
                channel.tell(event, rows)
    except IntegrityError:
        if Telling.objects.filter(event=event.uuid).exists():
            return 0
        raise
    return len(rows)


def catch_up(*, now: datetime) -> int:
    """Create the notifications for events that were missed because a worker or a message got lost."""
    done = Telling.objects.filter(event=OuterRef("uuid"))
    missed = Event.objects.filter(
        name__in=list(TOPICS), subject_type__in=list(SUBJECTS), at__gt=now - LOOKED_BACK, at__lt=now - GRACE
    ).exclude(Exists(done))
    found = list(missed.order_by("id").values_list("pk", flat=True)[:MOST])
    for pk in found:
        tell(pk)
    return len(found)


def prune(*, now: datetime) -> None:
    """Delete what is too old: tellings soon, notifications after a year."""
    Telling.objects.filter(at__lt=now - 2 * LOOKED_BACK).delete()
    Notification.objects.filter(created_at__lt=now - timedelta(days=365)).delete()


def _notify(event: Event) -> list[Notification]:
    rows = compose(event, said=event_facts.facts(event))
    return Notification.objects.bulk_create(
        [row for row in rows if row.in_inbox or row.mail != Mail.NONE], ignore_conflicts=False
    )


def compose(event: Event, *, said: Facts) -> list[Notification]:
    """Return the notifications for an event, one for each recipient, without storing them."""
    listeners = list(audience.listeners(event))
    wishes = _wishes(listeners)
    return [
        Notification(
            recipient=listener.user,
            event=event.uuid,
            kind=listener.notice.kind,
            connector=UUID(event.subject_id) if event.subject_type == "connector" else None,
            label=event_facts.title_for(listener.side, event)[:300],
            project_key=event.project_key,
            title=said.fill(listener.notice.title)[:200],
            text=said.fill(listener.notice.text),
            path=links.path_for(listener.side, event, gone=said.draft is None),
            in_inbox=wishes[listener.user.pk].inbox,
            created_at=timezone.now(),
            mail=_mail_of(wishes[listener.user.pk]),
        )
        for listener in listeners
    ]


def _wishes(listeners: list[Listener]) -> dict[int, preferences.Wish]:
    found: dict[int, preferences.Wish] = {}
    for kind in {listener.notice.kind for listener in listeners}:
        ids = [listener.user.pk for listener in listeners if listener.notice.kind == kind]
        found.update(preferences.for_users(ids, kind=kind))
    return found


def _mail_of(wish: preferences.Wish) -> str:
    return {Way.NOW: Mail.WAITING, Way.DIGEST: Mail.DIGEST, Way.OFF: Mail.NONE}[Way(wish.mail)]
