"""Two pieces of work at once on PostgreSQL: the second comes in at every place where the first could be interrupted.

Threads that merely start together meet by luck. Here the first stops before a statement that writes or locks, or before
a COMMIT; the second works until it ends or waits for a lock of the first; then the first goes on. No clock decides.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

LONGEST = 30.0
"""Seconds after which something hangs that must not."""


@dataclass(frozen=True)
class Ended:
    """How both pieces of work ended: the error that each raised, or None."""

    place: int
    first: Exception | None
    second: Exception | None


@dataclass
class Work:
    """One piece of work in a thread with a connection of its own; `stop_at` counts its writes, locks and commits."""

    step: Callable[[], object]
    stop_at: int = 0
    error: Exception | None = None
    pid: int = 0
    places: int = 0
    ready: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin, and return when the connection is there."""
        threading.Thread(target=self._work, daemon=True).start()
        assert self.ready.wait(LONGEST)

    def _work(self) -> None:
        try:
            connection.ensure_connection()
            self.pid = connection.connection.info.backend_pid
            self.ready.set()
            with self._places():
                self.step()
        except Exception as error:
            self.error = error
        finally:
            connection.close()
            self.done.set()
            self.stopped.set()

    @contextmanager
    def _places(self) -> Iterator[None]:
        def execute(run: Any, sql: str, *args: Any) -> Any:
            if not sql.startswith("SELECT") or " FOR " in sql:
                self._place()
            return run(sql, *args)

        commit = connection._commit

        def committing() -> None:
            self._place()
            commit()

        connection._commit = committing
        with connection.execute_wrapper(execute):
            yield

    def _place(self) -> None:
        self.places += 1
        if self.places == self.stop_at:
            self.stopped.set()
            assert self.go_on.wait(LONGEST)


def at_every_place(
    make: Callable[[], tuple[Callable[[], object], Callable[[], object]]],
) -> Iterator[Ended]:
    """Yield how two pieces of work ended, for each place of the first; `make` makes both, over new rows each time."""
    place = 0
    while True:
        place += 1
        first, second = make()
        one, other = Work(first, stop_at=place), Work(second)
        one.start()
        assert one.stopped.wait(LONGEST)
        reached = not one.done.is_set()
        other.start()
        _let_run(other)
        one.go_on.set()
        assert one.done.wait(LONGEST) and other.done.wait(LONGEST), f"both hang at place {place}"
        yield Ended(place, one.error, other.error)
        if not reached:
            return


def _let_run(work: Work) -> None:
    """Return when the work ended or waits for a lock."""
    until = time.monotonic() + LONGEST
    while not work.done.wait(0.005):
        with connection.cursor() as cursor:
            cursor.execute("SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s", [work.pid])
            found = cursor.fetchone()
        if found and found[0] == "Lock":
            return
        assert time.monotonic() < until
