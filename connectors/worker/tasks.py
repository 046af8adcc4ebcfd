"""The task of the queue: claim a run, let the engine work outside any transaction, store the result.

A message only says that there is work. Which run is worked on decides the turn of the Projects, and whether anybody
may work on it the run's own row: a message that comes twice, late or never costs nothing but time.
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
from connectors.worker import finish
from connectors.worker.finish import LeaseLost
from connectors.worker.leases import Keeper
from connectors.worker.stopping import Stopping
from validator import pipeline
from validator.process import StoppedError
from validator.results import Report

logger = logging.getLogger(__name__)

QUEUE = "validation"

STOPPING = Stopping()
"""Set when this process must end: the run at hand is given back, uncounted."""

LONGEST_STORING = 300.0
"""Seconds for which a result is kept while the database cannot be reached."""

RETRY_WAIT = timedelta(seconds=2)
"""After a fault of ours; it grows with each attempt."""


@task(queue_name=QUEUE)
def run_validation(run_id: str) -> str:
    """Work on the run whose turn it is; return in a word what came of it.

    `run_id` names the run that was asked for. Another Project's may come first; the message of that one then serves
    this one.
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
    """Do a claimed run to its end, and return what came of it.

    Steps: write down the plan of checks, run the engine while the lease is kept alive, store. A fault of ours counts
    as an attempt and is tried again later, or ends the run; a stop gives the run back. The engine may work for minutes,
    in which the server may end the connection: it is checked before the run's end is written.
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
            logger.exception("The run broke.")
            result = _broke(run, lease=lease)
    logger.info("%s: %s after %.1f s.", run.draft.label, result, time.monotonic() - started)
    return result


def _store(run: ValidationRun, report: Report, *, lease: UUID, keeper: Keeper) -> str:
    """Store the report; wait for a database that is away or locked. Storing twice is impossible: the lease ends."""
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
    return "given back" if given else "lost"


def _broke(run: ValidationRun, *, lease: UUID) -> str:
    """Try again later, or end the run when that was the last attempt."""
    close_old_connections()
    now = timezone.now()
    if run.attempt >= settings.VALIDATION_ATTEMPTS:
        return "gave up" if finish.give_up(run, lease=lease, now=now) else "lost"
    again = runs.give_back(run.pk, lease=lease, now=now, counts=True, wait=RETRY_WAIT * run.attempt)
    return "will be tried again" if again else "lost"
