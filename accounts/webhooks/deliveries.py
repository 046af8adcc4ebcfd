"""Messages to webhooks: queued with the event, sent by the worker, retried with growing delays, kept in a log.

The Delivery row is authoritative and the queue's message only has its id: a delivery is claimed by a conditional
UPDATE, and one whose worker died is claimed again when its lease expires. A receiver may therefore get a message twice,
always with the same `webhook-id` (Standard Webhooks requires receivers to handle this).
"""

from __future__ import annotations

import json
import logging
import random
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task
from standardwebhooks import Webhook as Signer

from accounts import actors, sealing
from accounts.limits import counting, table
from accounts.models import Attempt, Delivery, Project, Webhook
from accounts.webhooks import kinds, subscriptions, targets
from accounts.webhooks.targets import Reply, Unreachable

logger = logging.getLogger(__name__)

State = Delivery.State

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""The delays before the second attempt, the third and so on: about three days in total."""

LONGEST_PAUSE = timedelta(days=1)
LEASE = timedelta(seconds=targets.SECONDS * 4)
KEPT = timedelta(days=30)
"""How long the log is kept."""

GONE = 410

REMOVED = "removed"
"""The outcome of a delivery whose webhook has been removed."""


@transaction.atomic
def queue(project: Project, *, kind: str, data: dict[str, Any], at: datetime, message_id: str) -> list[Delivery]:
    """Queue one message for each webhook of a Project that is subscribed to its type.

    A message is queued only once. `data` follows the contract of the type.
    """
    body = message(kind, data=data, at=at)
    rows = []
    for webhook in project.webhooks.select_for_update(no_key=True).filter(disabled_at=None).order_by("pk"):
        if webhook.kinds and kind not in webhook.kinds:
            continue
        row, made = Delivery.objects.get_or_create(
            webhook=webhook, message_id=message_id, replay=False, defaults={"kind": kind, "body": body}
        )
        if made:
            rows.append(row)
            transaction.on_commit(partial(announce, row.pk))
    return rows


def message(kind: str, *, data: dict[str, Any], at: datetime) -> str:
    """Return the body of a message."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, ensure_ascii=False, separators=(",", ":"))


@transaction.atomic
def ping(webhook: Webhook) -> Delivery:
    """Send a test message to one webhook.

    Raises subscriptions.Removed, InvalidWebhook for one that is disabled, and Exceeded.
    """
    subscriptions.hold(webhook)
    subscriptions.sending(webhook).require()
    counting.spend(table.DELIVERIES, of=webhook.project_id)
    body = message(kinds.PING, data={"project": {"key": webhook.project.key}}, at=timezone.now())
    row = Delivery.objects.create(webhook=webhook, message_id=f"msg_{uuid4().hex}", kind=kinds.PING, body=body)
    transaction.on_commit(partial(announce, row.pk))
    return row


@transaction.atomic
def replay(delivery: Delivery) -> Delivery:
    """Send a message again, with the same id and body. Raises the same as `ping`."""
    subscriptions.hold(delivery.webhook)
    subscriptions.sending(delivery.webhook).require()
    counting.spend(table.DELIVERIES, of=delivery.webhook.project_id)
    row = Delivery.objects.create(
        webhook=delivery.webhook,
        message_id=delivery.message_id,
        kind=delivery.kind,
        body=delivery.body,
        replay=True,
    )
    transaction.on_commit(partial(announce, row.pk))
    return row


def announce(delivery_id: UUID, *, after: datetime | None = None) -> None:
    """Enqueue the sending of a delivery."""
    (deliver.using(run_after=after) if after else deliver).enqueue(str(delivery_id))


@task(queue_name="default")
def deliver(delivery_id: str) -> str:
    """Try to send one delivery; return the outcome in a word."""
    return send(UUID(delivery_id))


def send(delivery_id: UUID, *, now: datetime | None = None) -> str:
    """Claim a delivery that is due, send it, and store the response. Anything but 2xx is retried later."""
    now = now or timezone.now()
    if not _claim(delivery_id, now=now):
        return "not due"
    row = Delivery.objects.select_related("webhook__project").filter(pk=delivery_id).first()
    try:
        return _send(row, now=now) if row else REMOVED
    except subscriptions.Removed:
        return REMOVED


def _send(row: Delivery, *, now: datetime) -> str:
    if row.webhook.disabled_at:
        return _end(row, State.FAILED, attempt=_noted(row, now=now, error="The webhook is disabled."))
    started = time.monotonic()
    answer: Reply | None = None
    error = ""
    try:
        answer = targets.post(row.webhook.url, body=row.body.encode(), headers=headers_of(row, now=now))
    except Unreachable as problem:
        error = str(problem)
    except sealing.Broken:
        error = "The secret can no longer be read. Replace it."
    attempt = _noted(row, now=now, seconds=time.monotonic() - started, answer=answer, error=error)
    if answer is not None and 200 <= answer.status < 300:
        return _end(row, State.DELIVERED, attempt=attempt)
    if answer is not None and answer.status == GONE:
        subscriptions.disable(row.webhook, by=actors.system("Webhooks"), because="The receiver answered 410 Gone.")
        return _end(row, State.FAILED, attempt=attempt)
    return _again(row, attempt=attempt, answer=answer)


def headers_of(row: Delivery, *, now: datetime) -> dict[str, str]:
    """Return the headers of the Standard Webhooks specification. Raises sealing.Broken."""
    signer = Signer(subscriptions.secret_of(row.webhook))
    return {
        "Content-Type": "application/json",
        "User-Agent": "connector-certification/1",
        "webhook-id": row.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(row.message_id, now.astimezone(UTC), row.body),
    }


def recover(*, now: datetime) -> int:
    """Enqueue deliveries again whose worker died or whose message was lost."""
    late = now - LEASE
    lost = Delivery.objects.filter(
        Q(state=State.WAITING, not_before__lt=late) | Q(state=State.SENDING, lease_expires_at__lt=now)
    )
    ids = list(lost.order_by("not_before").values_list("pk", flat=True)[:100])
    for pk in ids:
        # Moving the due time forward keeps other sweeps from sending the same message.
        Delivery.objects.filter(pk=pk, state=State.WAITING).update(not_before=now)
        announce(pk)
    return len(ids)


def prune(*, now: datetime) -> int:
    """Delete deliveries that ended before the log's retention period."""
    deleted, _ = Delivery.objects.filter(ended_at__lt=now - KEPT).delete()
    return deleted


def _claim(delivery_id: UUID, *, now: datetime) -> bool:
    due = Q(state=State.WAITING, not_before__lte=now) | Q(state=State.SENDING, lease_expires_at__lt=now)
    claimed = Delivery.objects.filter(due, pk=delivery_id).update(state=State.SENDING, lease_expires_at=now + LEASE)
    return bool(claimed)


def _noted(
    row: Delivery, *, now: datetime, seconds: float = 0.0, answer: Reply | None = None, error: str = ""
) -> Attempt:
    return Attempt(
        delivery=row,
        number=row.attempts_made + 1,
        at=now,
        seconds=round(seconds, 3),
        status_code=answer.status if answer else None,
        answer=answer.text if answer else "",
        error=error[:300],
    )


@transaction.atomic
def _end(row: Delivery, state: str, *, attempt: Attempt) -> str:
    subscriptions.hold(row.webhook)
    attempt.save()
    Delivery.objects.filter(pk=row.pk, state=State.SENDING).update(
        state=state, ended_at=attempt.at, lease_expires_at=None, attempts_made=attempt.number
    )
    return State(state).label


def _again(row: Delivery, *, attempt: Attempt, answer: Reply | None) -> str:
    """Reschedule a failed delivery, or give it up after the last delay."""
    if attempt.number > len(PAUSES):
        ended = _end(row, State.FAILED, attempt=attempt)
        _give_up_on(row.webhook, since=row.created_at)
        return ended
    pause = PAUSES[attempt.number - 1]
    if answer is not None and answer.retry_after is not None:
        pause = min(max(pause, timedelta(seconds=answer.retry_after)), LONGEST_PAUSE)
    # Receivers that were down together are not retried in the same second.
    pause += pause * random.uniform(0, 0.1)  # noqa: S311 - not a secret
    not_before = attempt.at + pause
    with transaction.atomic():
        subscriptions.hold(row.webhook)
        attempt.save()
        kept = Delivery.objects.filter(pk=row.pk, state=State.SENDING).update(
            state=State.WAITING, not_before=not_before, lease_expires_at=None, attempts_made=attempt.number
        )
        if kept:
            transaction.on_commit(partial(announce, row.pk, after=not_before))
    return "will be retried"


def _give_up_on(webhook: Webhook, *, since: datetime) -> None:
    """Disable a webhook whose deliveries have all failed for as long as its oldest message was retried."""
    if not webhook.deliveries.filter(state=State.DELIVERED, ended_at__gte=since).exists():
        subscriptions.disable(webhook, by=actors.system("Webhooks"), because="All deliveries failed for three days.")
