"""The sweep that recovers from killed workers, lost messages and full disks.

Any worker on any machine may sweep at any time: each step is a conditional UPDATE, or safe to repeat.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks.base import TaskResultStatus
from django_tasks_db import DatabaseBackend
from django_tasks_db.models import DBTaskResult

from accounts.limits import counting
from connectors.models import ValidationRun
from connectors.runs import runs
from connectors.runs.runs import State
from connectors.worker import finish
from connectors.worker.tasks import run_validation

logger = logging.getLogger(__name__)

MESSAGE_GRACE = timedelta(seconds=10)
"""How long a run may wait for its message before another one is sent."""

MOST_MESSAGES = 100
"""How many messages one sweep sends at most."""

DAY = 86_400
KEEP_MESSAGES_DAYS = 7


@dataclass(frozen=True)
class Recovered:
    """The result of a sweep."""

    requeued: int = 0
    given_up: int = 0
    announced: int = 0
    closed: int = 0


def recover(now: datetime | None = None) -> Recovered:
    """Recover every run and message that nobody is processing.

    Steps: runs whose lease ended are queued again; those without attempts left end with an entry that says so;
    waiting runs without a message get one; messages of dead workers are closed.
    """
    now = now or timezone.now()
    requeued = sum(runs.requeue(run_id, now=now) for run_id in runs.expired(now))
    lost = ValidationRun.objects.filter(pk__in=runs.exhausted(now))
    given_up = sum(finish.give_up(run, now=now) for run in lost)
    found = Recovered(requeued, given_up, _announce_again(now), _close_orphans(now))
    if found != Recovered():
        logger.warning(
            "Recovered: %d runs queued again, %d ended without an attempt left, %d messages sent again, %d closed.",
            found.requeued,
            found.given_up,
            found.announced,
            found.closed,
        )
    return found


def is_database_queue() -> bool:
    """Return whether the queue's messages are rows of our own database."""
    return isinstance(task_backends[DEFAULT_TASK_BACKEND_ALIAS], DatabaseBackend)


def _announce_again(now: datetime) -> int:
    """Send a message for each waiting run without one. A surplus message finds nothing to do."""
    queued = ValidationRun.objects.filter(state=State.QUEUED, not_before__lte=now - MESSAGE_GRACE)
    waiting = queued.filter(runs.waiting(now))
    missing = waiting.count()
    if not missing:
        return 0
    if is_database_queue():
        missing -= _messages().ready().count()
    else:
        # Other queues cannot be queried. Each sweep announces runs again that have waited for a whole lease.
        waiting = waiting.filter(not_before__lte=now - timedelta(seconds=settings.VALIDATION_LEASE_SECONDS))
    found = list(waiting.order_by("queued_at").values_list("pk", flat=True)[: max(0, min(missing, MOST_MESSAGES))])
    for run_id in found:
        runs.announce(run_id)
    return len(found)


def _close_orphans(now: datetime) -> int:
    """Close messages that are marked as running but whose worker is gone, so that operators see the true state.

    A worker claims a run as soon as it has its message: one without a run after a lease, or that takes longer than any
    task may, is gone. Closing the message of a live worker does not affect its run.
    """
    if not is_database_queue():
        return 0
    lease = timedelta(seconds=settings.VALIDATION_LEASE_SECONDS)
    longest = timedelta(seconds=settings.VALIDATION_SECONDS) + lease
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    working = ValidationRun.objects.filter(
        state=State.RUNNING,
        lease_expires_at__gte=now,
        started_at__gte=OuterRef("started_at"),
        started_at__lte=OuterRef("started_at") + lease,
    )
    silent = running.filter(pk__in=_messages().filter(started_at__lt=now - lease).exclude(Exists(working)).values("pk"))
    closed = 0
    for orphans in (silent, running.filter(started_at__lt=now - longest)):
        closed += orphans.update(
            status=TaskResultStatus.FAILED,
            finished_at=now,
            exception_class_path="",
            traceback="The worker ended before the task did.",
            return_value=None,
        )
    return closed


def _messages() -> Any:
    """Return the messages of this queue; the library's querysets have no types."""
    return DBTaskResult.objects.filter(task_path=run_validation.module_path)


def prune_daily() -> bool:
    """Delete old messages, expired tokens and sessions, once a day. Returns False when it was already done."""
    if not cache.add("housekeeping", timezone.now().isoformat(), timeout=DAY - 60):
        return False
    if is_database_queue():
        call_command("prune_db_task_results", queue_name="*", min_age_days=KEEP_MESSAGES_DAYS, verbosity=0)
    call_command("oidc_cleartokens", verbosity=0, stdout=StringIO())
    call_command("clearsessions", verbosity=0)
    counting.forget(now=time.time())
    return True
