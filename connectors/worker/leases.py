"""Renew a run's lease while the engine works, and record its progress.

Both happen in a thread with its own database connection: the engine may compute for minutes without a pause, and a slow
database must not delay the engine.
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
"""How often to check whether the run is still wanted, and so how soon a newer request takes effect."""

PROGRESS_SECONDS = 0.2


class Keeper:
    """Holds a claimed run during the work. Use it as a context manager.

    `lost` becomes true when the lease is no longer ours: the run was superseded, or another worker took it because the
    database was unavailable for too long. The results are then discarded.
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
        """Whether another worker has the run, or it is no longer wanted."""
        return self._lost.is_set()

    def stop(self) -> bool:
        """Return whether the engine must stop."""
        return self.lost or self._stopping()

    def progress(self, check: str, outcome: Outcome | None, seconds: float) -> None:
        """Record that a check started (no outcome) or ended; returns at once."""
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
                    # The lease may survive a short failure; if it does not, storing will fail.
                    reason = str(error).strip().partition("\n")[0]
                    logger.warning("The lease of run %s could not be renewed: %s", self._run_id, reason)
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
