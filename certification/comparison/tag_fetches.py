"""Fetches from a repository on request, by a worker: its list of tags, or the files of a tag.

No request waits for git. The row of a fetch is authoritative and the task only carries its id: a worker claims it by a
conditional UPDATE, and the result is stored under the same claim, so that a fetch that is delivered twice or whose
worker was killed counts once. The files are stored like those of a validated commit (`connectors.runs.snapshots`).
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from accounts.sealing import Broken
from certification.errors import ReviewError
from certification.models import Look
from connectors.drafts import update
from connectors.models import ConnectorStaged
from connectors.runs import engine, snapshots
from connectors.worker.tasks import STOPPING
from validator.process import ProcessError, StoppedError
from validator.results import EngineSettings
from validator.source import addresses, git

logger = logging.getLogger(__name__)

State = Look.State

SECONDS = 120.0
"""How long fetching and storing the files of a tag may take; the fetch alone has the engine's own limit."""

CLAIM = timedelta(seconds=2 * SECONDS)
"""After this time, a worker that has not finished a fetch is considered gone."""

GRACE = timedelta(seconds=30)
"""How long a fetch may wait before its task is sent again."""

ATTEMPTS = 3
MOST_TAGS = 1000
MOST_AT_ONCE = 100
OURS = "This failed on our side. Try again. If it keeps failing, contact the operator."


def ask(draft: ConnectorStaged, *, tag: str = "", by: str, now: datetime | None = None) -> Look:
    """Request the tags of a repository, or the files of one tag; return the fetch that is under way, if there is one.

    `by` is the name of the person who requests it. Raises ReviewError for an invalid tag.
    """
    now = now or timezone.now()
    if tag and (problem := addresses.problem_of_tag(tag)):
        raise ReviewError(problem)
    with transaction.atomic():
        update.hold(draft.pk)
        row, made = Look.objects.get_or_create(
            draft=draft, url=draft.repository_url, tag=tag, defaults={"since": now, "asked_by": by[:256]}
        )
        again = Look.objects.filter(pk=row.pk).exclude(state__in=Look.OPEN)
        if made or again.update(state=State.QUEUED, since=now, attempts=0, asked_by=by[:256], problem="", fix=""):
            transaction.on_commit(partial(look.enqueue, row.pk))
    row.refresh_from_db()
    return row


def get(draft: ConnectorStaged, *, tag: str = "") -> Look | None:
    """Return the fetch of a tag, or of the list of tags, from the draft's current repository."""
    return Look.objects.filter(draft=draft, url=draft.repository_url, tag=tag).first()


@task(queue_name="default")
def look(look_id: int) -> str:
    """Process one fetch, in the worker."""
    return work(look_id)


def work(look_id: int, *, now: datetime | None = None) -> str:
    """Claim a fetch, query the repository outside any transaction, store the result; return what was done."""
    now = now or timezone.now()
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, since__lt=now - CLAIM)
    claimed = Look.objects.filter(free, pk=look_id).update(state=State.RUNNING, since=now, attempts=F("attempts") + 1)
    if not claimed:
        return "nothing to do"
    row = Look.objects.select_related("draft__project").get(pk=look_id)
    try:
        found = _files(row) if row.tag else _tags(row)
    except StoppedError:
        return _end(row, state=State.QUEUED, attempts=row.attempts - 1)
    except git.FetchError as error:
        return _end(row, state=State.FAILED, problem=error.message, fix=error.fix)
    except Broken:
        return _end(row, state=State.FAILED, problem="The Project's deploy key can no longer be decrypted.")
    except ProcessError:
        return _end(row, state=State.FAILED, problem="The files could not be read in time.", fix="Try again.")
    except Exception:
        logger.exception("Fetch %d failed.", look_id)
        return _end(row, state=State.FAILED, problem=OURS)
    return _end(row, state=State.DONE, **found)


def recover(*, now: datetime) -> int:
    """Send the task again for fetches that wait too long or whose worker is gone; return how many."""
    lost = Look.objects.filter(
        Q(state=State.QUEUED, since__lt=now - GRACE) | Q(state=State.RUNNING, since__lt=now - CLAIM)
    )
    rows = list(lost.order_by("since")[:MOST_AT_ONCE])
    for row in rows:
        if row.attempts >= ATTEMPTS:
            _end(row, state=State.FAILED, problem=OURS)
        elif _end(row, state=State.QUEUED, since=now) != "lost":
            look.enqueue(row.pk)
    return len(rows)


def _tags(row: Look) -> dict[str, object]:
    found = git.list_tags(row.url, settings=_settings(row), stop=STOPPING.is_set)
    return {"tags": [[tag.name, tag.commit] for tag in found[:MOST_TAGS]]}


def _files(row: Look) -> dict[str, object]:
    deadline = time.monotonic() + SECONDS
    with git.checkout(row.url, row.tag, settings=_settings(row), deadline=deadline, stop=STOPPING.is_set) as tree:
        snapshots.keep(tree)
        return {"commit": tree.commit, "tree": tree.tree}


def _settings(row: Look) -> EngineSettings:
    return replace(
        engine.settings_for(row.draft.project, url=row.url), run_seconds=min(SECONDS, settings.VALIDATION_SECONDS)
    )


def _end(row: Look, **fields: object) -> str:
    """Store the result of a claim, unless another worker has claimed the fetch since."""
    mine = Look.objects.filter(pk=row.pk, state=row.state, since=row.since)
    if not mine.update(**{"since": timezone.now(), **fields}):
        return "lost"
    return str(fields["state"])
