"""Previews of repositories for the pages that ask for a tag: asked for in a request, read by a worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from accounts.limits import table as limit_table
from accounts.models import Project, User
from connectors import limits
from connectors.drafts import repository_preview
from connectors.drafts.repository_preview import FETCH_SECONDS, RUN_SECONDS, Question, RepositoryPreview
from connectors.fetches.fetching import FetchKind
from connectors.models import PreviewFetch
from connectors.worker import queues
from connectors.worker.tasks import STOPPING

State = PreviewFetch.State

AT_ONCE = 2
"""Open previews of one person."""

REMEMBERED = timedelta(seconds=30)
"""For how long the answer to the same question is not asked for again."""

PATIENCE = timedelta(seconds=60)
"""How long a preview may wait for a worker, and be read by it; then its page says so."""

KEPT = timedelta(minutes=10)

CLAIM = timedelta(seconds=2 * (FETCH_SECONDS + RUN_SECONDS))
"""After this time, a worker that has not finished a preview is considered gone."""

BUSY = "Your last repositories are still being read. Try again in a few seconds."
LATE = RepositoryPreview(
    problem="The repository was not read in time.",
    fix="Try again in a minute. If it keeps failing, contact the operator.",
)


class TooMany(Exception):
    """Too many previews of one person at the same time; the text says when to retry."""


@dataclass(frozen=True)
class PreviewAnswer:
    """A preview as far as it is known: `found` is None while a worker reads, and `asked` then names the fetch."""

    project: Project
    found: RepositoryPreview | None
    asked: int | None = None


def ask(
    text: str, *, tag: str, project: Project, by: User, asked: int | None = None, now: datetime | None = None
) -> PreviewAnswer:
    """Preview a typed or pasted repository and one of its tags: what is known, or the fetch that a worker does.

    `asked` is the fetch that the page waits for; it answers as long as the question is still the same. Raises TooMany
    and TooManyRequests.
    """
    now = now or timezone.now()
    wanted = repository_preview.wanted(text, tag=tag)
    if wanted.problem:
        return PreviewAnswer(project, RepositoryPreview(url=wanted.url, tag=wanted.tag, problem=wanted.problem))
    with transaction.atomic():
        # Requests of one person at the same time are counted one after the other.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        row = _known(wanted, project=project, by=by, asked=asked, now=now)
        return _answer(row or _new(wanted, project=project, by=by, now=now), now=now)


def answer_to(asked: int, *, by: User, now: datetime | None = None) -> PreviewAnswer | None:
    """Return what has come of a fetch that a member of its Project asked for; None when there is none (anymore)."""
    mine = PreviewFetch.objects.filter(pk=asked, asked_by=by, project__in=by.memberships.values("project"))
    row = mine.select_related("project").first()
    return _answer(row, now=now or timezone.now()) if row else None


@task(queue_name=queues.LOOKUPS)
def preview(preview_id: int) -> str:
    """Read one repository, in the worker."""
    return work(preview_id)


def prune(*, now: datetime) -> int:
    """Delete old previews; return how many."""
    deleted, _ = PreviewFetch.objects.filter(asked_at__lt=now - KEPT).delete()
    return deleted


def _known(wanted: Question, *, project: Project, by: User, asked: int | None, now: datetime) -> PreviewFetch | None:
    """Return the fetch with the same question that is open or whose answer still counts."""
    same = PreviewFetch.objects.filter(question=_question(wanted, project=project))
    mine = same.filter(pk=asked, asked_by=by).first() if asked else None
    if mine is not None:
        return mine
    open_ones = same.filter(state__in=PreviewFetch.OPEN, asked_at__gte=now - PATIENCE)
    ended = same.exclude(state__in=PreviewFetch.OPEN).filter(since__gte=now - REMEMBERED)
    return (open_ones | ended).first()


def _new(wanted: Question, *, project: Project, by: User, now: datetime) -> PreviewFetch:
    mine = PreviewFetch.objects.filter(asked_by=by, state__in=PreviewFetch.OPEN, asked_at__gte=now - PATIENCE)
    if mine.count() >= AT_ONCE:
        raise TooMany(BUSY)
    limits.spend(limit_table.PREVIEWS, of=by.pk)
    row = PreviewFetch.objects.create(
        project=project,
        asked_by=by,
        asked_at=now,
        since=now,
        question=_question(wanted, project=project),
        url=wanted.url,
        tag=wanted.tag,
        refs=list(wanted.refs),
    )
    KIND.queue(row)
    return row


def _answer(row: PreviewFetch, *, now: datetime) -> PreviewAnswer:
    if row.found is not None:
        return PreviewAnswer(row.project, repository_preview.restored(row.found))
    if row.state == State.FAILED:
        failed = RepositoryPreview(url=row.url, tag=row.tag, problem=row.problem, fix=row.fix)
        return PreviewAnswer(row.project, failed)
    if row.asked_at < now - PATIENCE:
        return PreviewAnswer(row.project, LATE)
    return PreviewAnswer(row.project, None, asked=row.pk)


def _question(wanted: Question, *, project: Project) -> str:
    words = (str(project.pk), wanted.url, wanted.tag, *wanted.refs)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _read(row: PreviewFetch) -> Mapping[str, object]:
    if row.asked_at < timezone.now() - PATIENCE:
        # Its page has given up, and others wait.
        return {"found": asdict(LATE)}
    found = repository_preview.read(row.url, tag=row.tag, refs=row.refs, project=row.project, stop=STOPPING.is_set)
    return {"found": json.loads(json.dumps(asdict(found)))}


KIND = FetchKind(model=PreviewFetch, read=_read, send=preview.enqueue, claim=CLAIM)
work, recover = KIND.work, KIND.recover
