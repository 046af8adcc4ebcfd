"""The commit that a tag leads to now. A certificate is for a commit, so a moved tag must be noticed before.

A worker asks the repository, and no request waits for it: who wants to certify too early hears that the tag is being
checked, and does it again when the worker has answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task, task_backends
from django_tasks.base import DEFAULT_TASK_PRIORITY

from accounts.models import User
from certification.errors import TagBeingChecked
from certification.evidence import machine_evidence
from certification.models import Round, TagCheck
from certification.rounds import rounds
from connectors.fetches.fetching import FetchKind
from connectors.runs import engine
from connectors.worker import queues
from connectors.worker.tasks import STOPPING
from validator.source import git

SECONDS = 10.0
"""How long the repository's host may take to answer."""

RECENT = timedelta(seconds=60)
"""How old the lookup may be on which a certificate is decided."""

RECENT_FAILURE = timedelta(seconds=10)
"""How old a failed one may be; after that, who certifies has the tag looked up again."""

PATIENCE = timedelta(seconds=30)
"""How long a page waits for a worker before it says that the tag could not be checked."""

CLAIM = timedelta(seconds=2 * SECONDS)
"""After this time, a worker that has not finished a lookup is considered gone."""

FIRST = 10 if task_backends[DEFAULT_TASK_BACKEND_ALIAS].supports_priority else DEFAULT_TASK_PRIORITY
"""A reviewer waits for the lookup: it comes before previews of other repositories."""


def require_recent(row: Round, *, by: User) -> None:
    """Have the tag looked up unless that was done a moment ago. Raises TagBeingChecked when it has to be waited for."""
    if not is_recent(row):
        ask(row, by=by)
        raise TagBeingChecked(row.tag)


def is_recent(row: Round) -> bool:
    """Return whether the last lookup of a round's tag is recent enough to decide on."""
    last = machine_evidence.last_lookup(row)
    if last.at is None:
        return False
    return last.at >= timezone.now() - (RECENT_FAILURE if last.problem else RECENT)


def ask(row: Round, *, by: User) -> TagCheck:
    """Let a worker look the tag up; return the lookup that is under way, if there is one."""
    asked = {"tag": row.tag, "asked_by": by}
    now = timezone.now()
    with transaction.atomic():
        check, made = TagCheck.objects.get_or_create(round=row, defaults={"since": now, **asked})
        if made:
            KIND.queue(check)
        else:
            KIND.ask_again(check, now=now, commit="", **asked)
    check.refresh_from_db()
    return check


def ask_early(row: Round, *, by: User) -> None:
    """Let a worker look the tag up for somebody who is about to certify, so that they need not wait."""
    if not is_recent(row):
        ask(row, by=by)


def check_now(row: Round, *, by: User) -> None:
    """Look the tag up in this process, which takes seconds: for commands and workers, never for a request."""
    if not is_recent(row):
        work(ask(row, by=by).pk)


def waiting(row: Round) -> TagCheck | None:
    """Return the lookup that is under way."""
    return TagCheck.objects.filter(round=row, state__in=TagCheck.OPEN).first()


def is_late(check: TagCheck, *, now: datetime) -> bool:
    """Return whether a page should give up waiting for a lookup."""
    return check.is_late(now=now, patience=PATIENCE)


@task(queue_name=queues.LOOKUPS, priority=FIRST)
def look_up(check_id: int) -> str:
    """Look one tag up, in the worker."""
    return work(check_id)


def _read(check: TagCheck) -> Mapping[str, object]:
    draft = check.round.draft
    settings = replace(engine.settings_for(draft.project, url=draft.repository_url), fetch_seconds=SECONDS)
    return {"commit": git.resolve(draft.repository_url, check.tag, settings=settings, stop=STOPPING.is_set)}


def _keep(check: TagCheck) -> None:
    """Store the result with the round, unless it is about another tag by now."""
    if check.round.is_open and check.tag == check.round.tag:
        rounds.keep_tag(check.round, by=check.asked_by, commit=check.commit, problem=check.problem)


KIND = FetchKind(model=TagCheck, read=_read, send=look_up.enqueue, claim=CLAIM, ended=_keep)
work, recover = KIND.work, KIND.recover
