"""One process of the worker: take messages from the queue, and sweep.

Only a stop request ends it: it waits for a database that restarts or is locked, and logs failed tasks. It may be killed
at any time; `recovery` restores its work.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils import timezone
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from accounts.signals import swept
from connectors.worker import machine, queues, recovery, tasks
from connectors.worker.queues import Lane
from validator.source import workspace

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
LONGEST_BACKOFF = 10.0
SHORTEST_SWEEP = 0.5


def work(*, sweeps: bool, parent: int, lane: Lane = queues.ALL) -> None:
    """Work on the queues of a lane until `tasks.STOPPING` is set or the parent process is gone.

    `sweeps` adds the sweep in a thread.
    """
    # The library logs every poll.
    logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
    logging.getLogger("django_tasks").setLevel(logging.WARNING)
    sweeper = threading.Thread(target=_sweep, name="sweep", daemon=True)
    if sweeps:
        sweeper.start()
    takes = recovery.is_database_queue()
    wait = POLL_SECONDS
    while not tasks.STOPPING.is_set() and os.getppid() == parent:
        worked = _try(partial(take_message, lane)) if takes else False
        wait = POLL_SECONDS if worked is not None else min(wait * 2, LONGEST_BACKOFF)
        if not worked:
            tasks.STOPPING.wait(wait)
    tasks.STOPPING.set()
    if sweeps:
        sweeper.join(2)
    connections.close_all()


def take_message(lane: Lane = queues.ALL) -> bool:
    """Run the task of one due message; False when there is none. The first queue of the lane comes first."""
    close_old_connections()
    ready = DBTaskResult.objects.ready().filter(backend_name=DEFAULT_TASK_BACKEND_ALIAS)
    due = set(ready.order_by().values_list("queue_name", flat=True).distinct()).intersection(lane)
    if machine.problem_of_worker():
        # Another machine reads the repositories. Here each would fail, and the developer could not fix it.
        due -= queues.READ_REPOSITORIES
    if not due:
        return False
    Worker(
        queue_names=[min(due, key=lane.index)],
        interval=0,
        batch=True,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=1,
        worker_id=f"{os.uname().nodename}-{os.getpid()}"[:64],
        excluded_queue_names=[],
    ).run()
    return True


def sweep_once() -> bool:
    """Remove what killed workers left on disk, recover their work in the database, clean up, and send the signal."""
    if problem := machine.problem_of_worker():
        logger.error(problem)
    workspace.sweep(Path(settings.CHECKOUT_DIR))
    recovery.recover()
    recovery.prune_daily()
    swept.send_robust(sender=None, now=timezone.now())
    return True


def _sweep() -> None:
    interval = max(settings.VALIDATION_LEASE_SECONDS / 2, SHORTEST_SWEEP)
    while True:
        _try(sweep_once)
        connections.close_all()
        if tasks.STOPPING.wait(interval):
            return


def _try(step: Callable[[], bool]) -> bool | None:
    """Run a step; None when it failed, which is logged but does not end the process."""
    try:
        return step()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The database is unavailable: %s", str(error).strip().partition("\n")[0])
    except Exception:
        logger.exception("The worker had an unexpected error.")
    connections.close_all()
    return None
