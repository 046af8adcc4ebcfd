"""Keeping a run's lease alive while the engine works, and writing its progress down.

Both happen in a thread with a database connection of its own: the engine may compute for minutes without a pause,
and a slow database never holds the engine up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue
from types import TracebackType
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from connectors.models import CheckResult
from connectors.runs import runs
from validator.results import Outcome

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often it is looked whether the run is still wanted: a newer request takes effect that soon."""

PROGRESS_SECONDS = 0.2


class Keeper:
    """Holds one claimed run while it is worked on. Use it as a context manager around the work.

    `lost` turns true when the lease is no longer ours: the run was superseded, or others took it because the database
    could not be reached for too long. What was found then counts for nothing.
    """

    def __init__(self, run_id: UUID, *, lease: UUID, lease_seconds: float, stopping: Callable[[], bool]) -> None:
        self._run_id, self._lease, self._seconds = run_id, lease, lease_seconds
        self._stopping = stopping
        self._lost, self._done = threading.Event(), threading.Event()
        self._steps: SimpleQueue[tuple[str, Outcome | None, float, datetime]] = SimpleQueue()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Whether somebody else has the run, or nobody wants it any more."""
        return self._lost.is_set()

    def stop(self) -> bool:
        """Answer the engine's question whether it shall stop."""
        return self.lost or self._stopping()

    def progress(self, check: str, outcome: Outcome | None, seconds: float) -> None:
        """Take down that a check started (no outcome) or ended; returns at once."""
        self._steps.put((check, outcome, seconds, timezone.now()))

    def _keep(self) -> None:
        renewed = looked = time.monotonic()
        try:
            while not self._done.wait(PROGRESS_SECONDS):
                now = time.monotonic()
                try:
                    if now - renewed >= self._seconds / 3:
                        self._found(
                            runs.renew(self._run_id, lease=self._lease, now=timezone.now(), lease_seconds=self._seconds)
                        )
                        renewed = looked = now
                    elif now - looked >= LOOK_SECONDS:
                        self._found(runs.held(self._run_id, lease=self._lease))
                        looked = now
                    self._write_progress()
                except (DatabaseError, InterfaceError) as error:
                    # The lease may outlive a short failure; if it does not, storing finds out.
                    reason = str(error).strip().partition("\n")[0]
                    logger.warning("The lease of run %s could not be looked after: %s", self._run_id, reason)
                    connection.close()
                    self._done.wait(LOOK_SECONDS)
                if self.lost:
                    return
        finally:
            connection.close()

    def _found(self, ours: bool) -> None:
        if not ours:
            self._lost.set()

    def _write_progress(self) -> None:
        while True:
            try:
                check, outcome, seconds, at = self._steps.get_nowait()
            except Empty:
                return
            rows = CheckResult.objects.filter(run_id=self._run_id, check_id=check)
            if outcome is None:
                rows.update(outcome=CheckResult.Outcome.RUNNING, started_at=at)
            else:
                rows.update(outcome=outcome.value, seconds=seconds)
