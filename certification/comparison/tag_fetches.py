"""Fetches from a repository on request, by a worker: its list of tags, or the files of a tag.

`connectors.fetches.fetching` claims and ends them. The files are stored like those of a validated commit
(`connectors.runs.snapshots`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from certification.errors import ReviewError
from certification.models import Look
from connectors.drafts import update
from connectors.fetches.fetching import FetchKind
from connectors.models import ConnectorStaged
from connectors.runs import engine, snapshots
from connectors.worker import queues
from connectors.worker.tasks import STOPPING
from validator.results import EngineSettings
from validator.source import addresses, git

SECONDS = 120.0
"""How long fetching and storing the files of a tag may take; the fetch alone has the engine's own limit."""

CLAIM = timedelta(seconds=2 * SECONDS)
"""After this time, a worker that has not finished a fetch is considered gone."""

LIST_SECONDS = 15.0
"""How long listing the tags may take."""

MOST_TAGS = 1000


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
        if made:
            KIND.queue(row)
        else:
            KIND.ask_again(row, now=now, asked_by=by[:256])
    row.refresh_from_db()
    return row


def get(draft: ConnectorStaged, *, tag: str = "") -> Look | None:
    """Return the fetch of a tag, or of the list of tags, from the draft's current repository."""
    return Look.objects.filter(draft=draft, url=draft.repository_url, tag=tag).first()


@task(queue_name=queues.FETCHES)
def look(look_id: int) -> str:
    """Process one fetch, in the worker."""
    return work(look_id)


def _send(look_id: int) -> None:
    """Enqueue a fetch. A list of tags comes in seconds, files may take minutes."""
    lists = Look.objects.filter(pk=look_id, tag="").exists()
    look.using(queue_name=queues.LOOKUPS if lists else queues.FETCHES).enqueue(look_id)


def _read(row: Look) -> Mapping[str, object]:
    return _files(row) if row.tag else _tags(row)


def _tags(row: Look) -> dict[str, object]:
    settings_ = replace(_settings(row), fetch_seconds=LIST_SECONDS)
    found = git.list_tags(row.url, settings=settings_, stop=STOPPING.is_set)
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


KIND = FetchKind(model=Look, read=_read, send=_send, claim=CLAIM)
work, recover = KIND.work, KIND.recover
