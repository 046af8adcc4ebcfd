"""Fetches by a worker, one mechanism for every kind: claim, end and recover.

No request waits for a repository's host. The row of a fetch is authoritative and the task only carries its id: a
worker claims it by a conditional UPDATE, and the result is stored under the same claim, so that a fetch that is
delivered twice or whose worker was killed counts once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.sealing import Broken
from connectors.models import Fetch
from validator.process import ProcessError, StoppedError
from validator.source import git

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Fetch)
State = Fetch.State

GRACE = timedelta(seconds=30)
"""How long a fetch may wait before its task is sent again."""

ATTEMPTS = 3
MOST_AT_ONCE = 100
OURS = "This failed on our side. Try again. If it keeps failing, contact the operator."


def _nothing(row: Fetch) -> None:
    pass


@dataclass(frozen=True)
class FetchKind(Generic[Row]):
    """One kind of fetch.

    `read` asks the repository's host about a claimed row, outside any transaction, and returns the columns of the
    result; it may raise what git, a child process and a sealed key raise. `send` enqueues the task for the id of a row.
    `ended` is called in the transaction that stores a result or a problem. After `claim`, a worker that has not
    finished is considered gone.
    """

    model: type[Row]
    read: Callable[[Row], Mapping[str, object]]
    send: Callable[[int], object]
    claim: timedelta
    ended: Callable[[Row], None] = _nothing

    def queue(self, row: Row) -> None:
        """Send the task of a new row after the commit."""
        transaction.on_commit(partial(self.send, row.pk))

    def ask_again(self, row: Row, *, now: datetime, **fields: object) -> bool:
        """Queue a row again, unless it is open. Returns whether this call queued it."""
        closed = self.model._default_manager.filter(pk=row.pk).exclude(state__in=Fetch.OPEN)
        reset = {"state": State.QUEUED, "since": now, "attempts": 0, "problem": "", "fix": ""}
        if not closed.update(**reset, **fields):
            return False
        self.queue(row)
        return True

    def work(self, pk: int, *, now: datetime | None = None) -> str:
        """Claim a fetch, read, and store the result; return what was done in a word."""
        row = self._claimed(pk, now=now or timezone.now())
        if row is None:
            return "nothing to do"
        try:
            found = self.read(row)
        except StoppedError:
            return self._end(row, state=State.QUEUED, attempts=row.attempts - 1)
        except git.FetchError as error:
            return self._end(row, state=State.FAILED, problem=error.message, fix=error.fix)
        except Broken:
            return self._end(row, state=State.FAILED, problem="The Project’s deploy key can no longer be decrypted.")
        except ProcessError:
            return self._end(row, state=State.FAILED, problem="The files could not be read in time.", fix="Try again.")
        except Exception:
            logger.exception("Fetch %d (%s) failed.", pk, self.model._meta.label)
            return self._end(row, state=State.FAILED, problem=OURS)
        return self._end(row, state=State.DONE, **found)

    def recover(self, *, now: datetime) -> int:
        """Send the task again for fetches that wait too long or whose worker is gone; return how many."""
        lost = self.model._default_manager.filter(
            Q(state=State.QUEUED, since__lt=now - GRACE) | Q(state=State.RUNNING, since__lt=now - self.claim)
        )
        rows = list(lost.order_by("since")[:MOST_AT_ONCE])
        for row in rows:
            if row.attempts >= ATTEMPTS:
                self._end(row, state=State.FAILED, problem=OURS)
            elif self._end(row, state=State.QUEUED, since=now) != "lost":
                self.send(row.pk)
        return len(rows)

    def _claimed(self, pk: int, *, now: datetime) -> Row | None:
        free = Q(state=State.QUEUED) | Q(state=State.RUNNING, since__lt=now - self.claim)
        rows = self.model._default_manager.filter(free, pk=pk)
        if not rows.update(state=State.RUNNING, since=now, attempts=F("attempts") + 1):
            return None
        return self.model._default_manager.get(pk=pk)

    def _end(self, row: Row, **fields: object) -> str:
        """Store the result of a claim, unless another worker has claimed the fetch since."""
        with transaction.atomic():
            mine = self.model._default_manager.filter(pk=row.pk, state=row.state, since=row.since)
            if not mine.update(**{"since": timezone.now(), **fields}):
                return "lost"
            if fields["state"] not in Fetch.OPEN:
                self.ended(self.model._default_manager.get(pk=row.pk))
        return str(fields["state"])
