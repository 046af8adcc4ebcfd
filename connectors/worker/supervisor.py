"""Keeps the processes of a worker alive.

The supervisor never uses the database, so that it survives any failure of it; it starts each process with `fork`, which
shares the memory of the loaded code, and restarts it when it ends.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
import time
from dataclasses import dataclass
from types import FrameType

from django.db import connections

from connectors.worker import machine, process, queues, tasks
from connectors.worker.queues import Lane
from validator.process import hide

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
STOP_SECONDS = 20.0
"""How long processes may take to return their runs before they are killed."""

LONGEST_WAIT = 30.0
SETTLED_SECONDS = 60.0
PARENT_DEATH_SIGNAL = 1
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Slot:
    """The slot of one process: what it takes, its id while it lives, and when the next one may start."""

    number: int
    lane: Lane
    pid: int = 0
    started: float = 0.0
    not_before: float = 0.0
    failures: int = 0


def supervise(processes: int) -> None:
    """Keep processes running until SIGTERM, SIGINT or SIGHUP; then let each return its work.

    `processes` is the number of those that take validations; the reserved ones are added to them.
    """
    for name in STOP_SIGNALS:
        # Signals that nohup or a background job ignores stay ignored.
        if signal.getsignal(name) is not signal.SIG_IGN:
            signal.signal(name, _asked_to_stop)
    connections.close_all()
    # Loaded objects stay forever: the garbage collector must not touch them, or every process gets its own copy.
    gc.collect()
    gc.freeze()
    lanes = [queues.GENERAL] * processes + [*queues.RESERVED]
    slots = [Slot(n, lane) for n, lane in enumerate(lanes)]
    hide()
    if problem := machine.problem_of_isolation():
        logger.warning(problem)
    logger.info("Worker %d is ready: %d process(es), isolation: %s.", os.getpid(), len(slots), machine.isolation())
    while not tasks.STOPPING.is_set():
        _reap(slots)
        now = time.monotonic()
        for slot in slots:
            if not slot.pid and now >= slot.not_before:
                slot.pid, slot.started = _start(slot), now
        time.sleep(LOOK_SECONDS)
    _stop({slot.pid for slot in slots if slot.pid})
    logger.info("Worker %d stopped.", os.getpid())


def _start(slot: Slot) -> int:
    """Start a process and return its id; the process itself ends in here."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if sys.platform == "linux":
            # A killed supervisor cannot notify its processes; on other systems the process checks for its parent
            # itself.
            ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
        process.work(sweeps=slot.number == 0, parent=parent, lane=slot.lane)
        code = 0
    except BaseException:
        logger.exception("A worker process crashed.")
    finally:
        logging.shutdown()
        # The supervisor's own exit handlers must not run here.
        os._exit(code)
    return 0


def _asked_to_stop(number: int, frame: FrameType | None) -> None:
    """Record a stop signal. A process inherits handler and flag, so that no signal is lost while it starts."""
    tasks.STOPPING.set()


def _reap(slots: list[Slot]) -> None:
    """Collect processes that ended, and delay the next start longer each time it happens."""
    for slot in slots:
        if not slot.pid:
            continue
        pid, status = os.waitpid(slot.pid, os.WNOHANG)
        if not pid:
            continue
        now = time.monotonic()
        slot.failures = 1 if now - slot.started > SETTLED_SECONDS else slot.failures + 1
        wait = min(0.5 * 2 ** (slot.failures - 1), LONGEST_WAIT)
        logger.error(
            "Worker process %d ended with %d; another starts in %.1f s.", pid, os.waitstatus_to_exitcode(status), wait
        )
        slot.pid, slot.not_before = 0, now + wait


def _stop(alive: set[int]) -> None:
    """Ask every process to stop, wait, and kill those that do not."""
    for pid in alive:
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while alive:
        alive = {pid for pid in alive if not os.waitpid(pid, os.WNOHANG)[0]}
        if alive and time.monotonic() > until:
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            until = float("inf")
        time.sleep(0.05)
