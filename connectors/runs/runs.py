"""Validation runs as rows: request, claim with a lease, renew, release. `finish` stores the results.

The row is authoritative and the queue only carries messages: a worker claims a run by one conditional UPDATE, and
results are stored under the same lease, so that a run that is delivered twice counts once.

A transaction that changes several rows locks the draft first, then the run, then the rows of the run.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Min, Q

from accounts.actors import Actor
from accounts.limits import counting, table
from connectors import limits
from connectors.choices import ConnectorStatus, IsPreviewable
from connectors.models import CheckResult, ConnectorStaged, ValidationRun
from connectors.signals import run_queued

Kind = ValidationRun.Kind
State = ValidationRun.State

COUNTED = (Kind.PUBLISH, Kind.PREVIEW)
"""The kinds that the quota of a Project counts."""

QUOTA_WAIT = 60
"""After how many seconds to try again when the quota is used up: a run takes seconds to minutes."""

TURN_MEMORY = timedelta(hours=1)
"""How long the last turns are remembered; a Project that has waited longer comes first anyway."""


def request(
    draft: ConnectorStaged, *, kind: str, by: Actor, now: datetime, certification: bool = False
) -> ValidationRun:
    """Queue a run for the draft's current repository and tag; earlier open runs of this kind are dropped.

    A publish run also drops the one that reads connect.yaml, because it reads the file itself: both could see different
    commits when the tag moves. Call in the transaction that changes the draft: the message is sent after the commit.
    Raises TooManyRequests when the Project's quota is used up or it has requested too many runs.
    """
    supersede(draft, kinds=[kind, Kind.CONFIGURATION] if kind == Kind.PUBLISH else [kind], now=now)
    if kind in COUNTED:
        guard_quota(draft)
        limits.spend(table.RUNS, of=draft.project_id)
    return queue(draft, kind=kind, by=by, now=now, certification=certification)


def queue(draft: ConnectorStaged, *, kind: str, by: Actor, now: datetime, certification: bool = False) -> ValidationRun:
    """Queue a run of a draft without earlier runs. Call in the transaction that changes the draft."""
    run = ValidationRun(
        draft=draft,
        kind=kind,
        certification=certification,
        url=draft.repository_url,
        tag=draft.repository_tag,
        requested_by=by.label[:256],
        queued_at=now,
        not_before=now,
    )
    run.save(force_insert=True)
    announce(run.id)
    return run


def guard_quota(draft: ConnectorStaged) -> None:
    """Raise TooManyRequests when the Project has reached its quota of open validations.

    Concurrent requests can exceed it; the quota only protects the queue.
    """
    quota = replace(table.OPEN_RUNS, times=settings.VALIDATION_QUOTA)
    waiting = ValidationRun.objects.filter(
        draft__project_id=draft.project_id, kind__in=COUNTED, state__in=ValidationRun.OPEN
    ).count()
    if waiting >= quota.times:
        raise limits.refused(quota, seconds=QUOTA_WAIT)


@transaction.atomic(savepoint=False)
def supersede(draft: ConnectorStaged, *, kinds: list[str], now: datetime) -> int:
    """Drop the open runs of these kinds: their workers lose the lease and store nothing."""
    rows = draft.runs.filter(kind__in=kinds, state__in=ValidationRun.OPEN).order_by("pk")
    dropped = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    if not dropped:
        return 0
    CheckResult.objects.filter(run__in=dropped).delete()
    return ValidationRun.objects.filter(pk__in=dropped).update(
        state=State.SUPERSEDED, finished_at=now, lease=None, lease_expires_at=None
    )


def announce(run_id: UUID, *, not_before: datetime | None = None) -> None:
    """Enqueue a run after the commit. If the message cannot be sent, `recovery` sends another one."""
    transaction.on_commit(partial(run_queued.send_robust, sender=ValidationRun, run_id=run_id, not_before=not_before))


def newest(draft: ConnectorStaged, *, kind: str) -> ValidationRun | None:
    """Return the last run of a kind that was not superseded."""
    return draft.runs.filter(kind=kind).exclude(state=State.SUPERSEDED).first()


def broke(draft: ConnectorStaged) -> bool:
    """Return whether the draft failed because its checks could not run, and not because of their findings."""
    return draft.status == ConnectorStatus.FAILED and _errored(newest(draft, kind=Kind.PUBLISH))


def preview_broke(draft: ConnectorStaged) -> bool:
    """Return whether the preview was refused because its checks could not run, and not because of their findings."""
    return draft.is_previewable == IsPreviewable.FALSE and _errored(newest(draft, kind=Kind.PREVIEW))


def _errored(run: ValidationRun | None) -> bool:
    return run is not None and run.state == State.ERRORED


def claimable(now: datetime) -> Q:
    """Return the condition for a run that may be claimed: waiting, or left by a dead worker."""
    waiting = Q(state=State.QUEUED, not_before__lte=now)
    left = Q(state=State.RUNNING, lease_expires_at__lt=now)
    return (waiting | left) & Q(attempt__lt=settings.VALIDATION_ATTEMPTS)


def waiting(now: datetime) -> Q:
    """Return the condition for a run whose turn may be next: claimable, and no read of a Project that had too many.

    Reads of connect.yaml have a limit of their own (`table.READS`), which refuses nothing: those beyond it wait, and
    other runs of the Project overtake them.
    """
    limit = counting.in_force(table.READS)
    if not settings.RATE_LIMITS:
        return claimable(now)
    begun = ValidationRun.objects.filter(
        kind=Kind.CONFIGURATION, started_at__gt=now - timedelta(seconds=limit.seconds)
    ).values_list("draft__project_id")
    resting = [project for project, _ in begun.annotate(reads=Count("pk")).filter(reads__gte=limit.times).order_by()]
    return claimable(now) & ~Q(kind=Kind.CONFIGURATION, draft__project_id__in=resting) if resting else claimable(now)


def rests(run: ValidationRun, *, now: datetime) -> bool:
    """Return whether a read waits only because its Project has had too many."""
    if run.kind != Kind.CONFIGURATION or run.state != State.QUEUED:
        return False
    return ValidationRun.objects.filter(claimable(now), pk=run.pk).exclude(waiting(now)).exists()


def next_in_turn(*, now: datetime) -> UUID | None:
    """Return the next run, or None when nothing waits.

    Projects take turns: first the one with the fewest active runs, then the one whose last turn is longest ago. Within
    a Project, the oldest comes first. So a Project that requests a hundred runs delays the others by one at most.
    """
    may_be_next = waiting(now)
    oldest: dict[int, datetime] = dict(
        ValidationRun.objects.filter(may_be_next)
        .values_list("draft__project_id")
        .annotate(oldest=Min("queued_at"))
        .order_by()
    )
    if not oldest:
        return None
    recent = ValidationRun.objects.filter(started_at__gt=now - TURN_MEMORY, draft__project_id__in=oldest)
    turns: dict[int, tuple[int, datetime]] = {
        project: (at_work, last)
        for project, at_work, last in recent.values_list("draft__project_id")
        .annotate(at_work=Count("pk", filter=Q(state=State.RUNNING, lease_expires_at__gte=now)), last=Max("started_at"))
        .order_by()
    }
    never = (0, now - TURN_MEMORY)
    project = min(oldest, key=lambda key: (*turns.get(key, never), oldest[key]))
    mine = ValidationRun.objects.filter(may_be_next, draft__project_id=project)
    return mine.order_by("queued_at", "id").values_list("pk", flat=True).first()


def claim(run_id: UUID, *, now: datetime, lease_seconds: float) -> UUID | None:
    """Claim a run for `lease_seconds` by one conditional UPDATE; return the lease, or None when it is not available."""
    lease = uuid.uuid4()
    taken = ValidationRun.objects.filter(claimable(now), pk=run_id).update(
        state=State.RUNNING,
        lease=lease,
        lease_expires_at=now + timedelta(seconds=lease_seconds),
        attempt=F("attempt") + 1,
        started_at=now,
    )
    return lease if taken else None


def held(run_id: UUID, *, lease: UUID) -> bool:
    """Return whether the lease is still ours."""
    return ValidationRun.objects.filter(pk=run_id, lease=lease, state=State.RUNNING).exists()


def hold(run_id: UUID, *, lease: UUID | None = None) -> bool:
    """Lock a running run, so that rows can be added to it; False when it is no longer running or not ours."""
    mine = {"lease": lease} if lease else {}
    rows = ValidationRun.objects.select_for_update(no_key=True).filter(pk=run_id, state=State.RUNNING, **mine)
    return rows.values_list("pk", flat=True).first() is not None


def renew(run_id: UUID, *, lease: UUID, now: datetime, lease_seconds: float) -> bool:
    """Extend a lease; False when it is no longer ours."""
    kept = ValidationRun.objects.filter(pk=run_id, lease=lease, state=State.RUNNING).update(
        lease_expires_at=now + timedelta(seconds=lease_seconds)
    )
    return bool(kept)


@transaction.atomic
def give_back(run_id: UUID, *, lease: UUID, now: datetime, counts: bool, wait: timedelta = timedelta(0)) -> bool:
    """Requeue a run of ours after `wait`. `counts` is whether the attempt counts."""
    given = ValidationRun.objects.filter(pk=run_id, lease=lease, state=State.RUNNING).update(
        state=State.QUEUED,
        lease=None,
        lease_expires_at=None,
        not_before=now + wait,
        attempt=F("attempt") if counts else F("attempt") - 1,
    )
    if given:
        CheckResult.objects.filter(run_id=run_id).delete()
        announce(run_id, not_before=now + wait if wait else None)
    return bool(given)


@transaction.atomic
def requeue(run_id: UUID, *, now: datetime) -> bool:
    """Requeue a run whose worker is gone, unless it has no attempts left."""
    freed = ValidationRun.objects.filter(claimable(now), pk=run_id, state=State.RUNNING).update(
        state=State.QUEUED, lease=None, lease_expires_at=None, not_before=now
    )
    if freed:
        CheckResult.objects.filter(run_id=run_id).delete()
        announce(run_id)
    return bool(freed)


def expired(now: datetime) -> list[UUID]:
    """Return the runs whose worker is gone and that may be retried."""
    rows = ValidationRun.objects.filter(claimable(now), state=State.RUNNING)
    return list(rows.order_by("queued_at", "id").values_list("pk", flat=True))


def exhausted(now: datetime) -> list[UUID]:
    """Return the runs with no attempts left that nobody is processing."""
    rows = ValidationRun.objects.filter(
        Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_expires_at__lt=now),
        attempt__gte=settings.VALIDATION_ATTEMPTS,
    )
    return list(rows.order_by("queued_at", "id").values_list("pk", flat=True))
