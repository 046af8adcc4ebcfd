"""The queue task: claim a run, run the engine outside any transaction, store the result.

A message only says that there is work. The Projects' turns decide which run is next, and the run's own row decides who
may process it: a duplicate, late or lost message costs only time.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone
from django_tasks import task

from accounts.requests import correlation
from connectors.models import ValidationRun
from connectors.runs import engine, runs, scanner_deliveries, snapshots
from connectors.worker import finish, queues
from connectors.worker.finish import LeaseLost
from connectors.worker.leases import Keeper
from connectors.worker.stopping import Stopping
from validator import pipeline
from validator.process import StoppedError
from validator.results import Report

logger = logging.getLogger(__name__)

STOPPING = Stopping()
"""Set when this process must end: the current run is returned to the queue without counting the attempt."""

LONGEST_STORING = 300.0
"""For how many seconds a result is kept while the database is unavailable."""

RETRY_WAIT = timedelta(seconds=2)
"""The delay after a fault of ours; it grows with each attempt."""


@task(queue_name=queues.VALIDATION)
def run_validation(run_id: str) -> str:
    """Process the next run; return the outcome in a word.

    `run_id` is the requested run. Another Project's may come first; its message then serves this one.
    """
    while not STOPPING.is_set():
        now = timezone.now()
        turn = runs.next_in_turn(now=now)
        if turn is None:
            return "nothing to do"
        lease = runs.claim(turn, now=now, lease_seconds=settings.VALIDATION_LEASE_SECONDS)
        if lease is not None:
            return work(turn, lease=lease)
    runs.announce(UUID(run_id))
    return "stopping"


def work(run_id: UUID, *, lease: UUID) -> str:
    """Process a claimed run, and return the outcome.

    Steps: store the planned checks, run the engine while the lease is renewed, store the results. A fault of ours
    counts as an attempt and is retried later, or ends the run; a stop returns the run to the queue. The engine may work
    for minutes, in which the server may end the connection: it is checked before the run's end is written.
    """
    run = ValidationRun.objects.select_related("draft__project").filter(pk=run_id).first()
    if run is None:
        return "lost"
    correlation.begin(f"run-{run_id}")
    started = time.monotonic()
    seconds = settings.VALIDATION_LEASE_SECONDS
    logger.info("%s of %s %s, attempt %d.", run.get_kind_display(), run.url, run.tag, run.attempt)
    with Keeper(run_id, lease=lease, lease_seconds=seconds, stopping=STOPPING.is_set) as keeper:
        try:
            finish.plan(run, lease=lease)
            report = pipeline.validate(
                run.url,
                run.tag,
                certification=run.certification,
                settings=replace(
                    engine.settings_for(run.draft.project, url=run.url),
                    deliveries=scanner_deliveries.Deliveries(run.pk),
                ),
                progress=keeper.progress,
                stop=keeper.stop,
                keep=snapshots.keep if run.certification else pipeline.leave,
                only_specification=run.kind == ValidationRun.Kind.CONFIGURATION,
            )
            result = _store(run, report, lease=lease, keeper=keeper)
        except (StoppedError, LeaseLost):
            result = _stopped(run, lease=lease, keeper=keeper)
        except Exception:
            logger.exception("The run crashed.")
            result = _broke(run, lease=lease)
    logger.info("%s: %s after %.1f s.", run.draft.label, result, time.monotonic() - started)
    return result


def _store(run: ValidationRun, report: Report, *, lease: UUID, keeper: Keeper) -> str:
    """Store the report; wait for a database that is unavailable or locked. The lease prevents storing twice."""
    give_up_at = time.monotonic() + LONGEST_STORING
    wait = 0.2
    while True:
        close_old_connections()
        try:
            return finish.store(run, report, lease=lease, now=timezone.now())
        except (OperationalError, InterfaceError) as error:
            if keeper.lost:
                raise LeaseLost from error
            if time.monotonic() + wait > give_up_at or STOPPING.is_set():
                raise
            logger.warning("The result could not be stored yet: %s", error)
        time.sleep(wait)
        wait = min(wait * 2, 5.0)


def _stopped(run: ValidationRun, *, lease: UUID, keeper: Keeper) -> str:
    if keeper.lost or not STOPPING.is_set():
        return "lost"
    close_old_connections()
    given = runs.give_back(run.pk, lease=lease, now=timezone.now(), counts=False)
    return "returned" if given else "lost"


def _broke(run: ValidationRun, *, lease: UUID) -> str:
    """Retry later, or end the run after the last attempt."""
    close_old_connections()
    now = timezone.now()
    if run.attempt >= settings.VALIDATION_ATTEMPTS:
        return "gave up" if finish.give_up(run, lease=lease, now=now) else "lost"
    again = runs.give_back(run.pk, lease=lease, now=now, counts=True, wait=RETRY_WAIT * run.attempt)
    return "will be retried" if again else "lost"
