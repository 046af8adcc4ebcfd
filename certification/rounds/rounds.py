"""Open, close and change rounds, always within the transaction that changes the draft."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import actors, events
from accounts.actors import Actor
from accounts.models import User
from certification import business_calendar
from certification.business_calendar import Calendar
from certification.choices import Awaits, Decision, RoundKind, Turn, application_mask_of
from certification.errors import NothingReviewed
from certification.models import Round
from connectors.drafts import update
from connectors.drafts.draft_change import Change
from connectors.drafts.update import Lookup
from connectors.errors import ResourceNotFound
from connectors.models import ConnectorStaged, Release, ValidationRun

KEEPS_PLACE = (Decision.RESUBMITTED, Decision.WITHDRAWN, Decision.REJECTED)
"""After one of these ends, the next round keeps the reviewer and the remaining time."""

PLACE_KEPT_FOR = timedelta(days=60)
"""How long after that end the next round still keeps them."""

ESCALATION_ENDED = "round:escalation-ended"


class NothingToDo(Exception):
    """Rises out of `step` and `aside` to leave everything as it is."""


def reviewer(user: User) -> Actor:
    """Return a reviewer as an actor, who has the portal's name in public."""
    return actors.person(user, public_name=settings.CERTIFICATION_USER_ID)


def portal() -> Actor:
    """Return the portal as an actor, for what happens at a deadline."""
    return actors.system("Certification", public_name=settings.CERTIFICATION_USER_ID)


@dataclass
class Step:
    """One change of a draft together with its open round."""

    change: Change
    round: Round
    calendar: Calendar

    @property
    def draft(self) -> ConnectorStaged:
        """The draft that is being changed."""
        return self.change.draft

    @property
    def now(self) -> datetime:
        """The moment of the change."""
        return self.change.now


@contextmanager
def change_draft_and_round(
    draft_id: UUID, *, by: Actor, version: int | None = None, now: datetime | None = None
) -> Iterator[Step]:
    """Lock a draft and its open round for one change of both; store both when the block ends without an error.

    The draft is locked first, then the round, as everywhere. Raises ResourceNotFound for an unknown draft, and
    NothingReviewed when no round is open.
    """
    with update.changing(Lookup(id=draft_id), by=by, version=version, now=now) as change:
        found = current(draft_id, lock=True)
        if found is None:
            raise NothingReviewed(change.draft.status)
        found.draft = change.draft
        yield Step(change, found, business_calendar.calendar())
        if found.is_open:
            found.status = change.draft.status
        store(found)


@contextmanager
def change_round(draft_id: UUID, *, by: Actor, event: str) -> Iterator[tuple[Round, dict[str, object]]]:
    """Lock only the round, for changes that leave the draft and its version as they are; record one event.

    The block fills the event's details, the second value. Raises ResourceNotFound for an unknown draft, and
    NothingReviewed when no round is open.
    """
    with transaction.atomic():
        found = current(draft_id, lock=True)
        if found is None:
            draft = ConnectorStaged.objects.filter(pk=draft_id).first()
            raise NothingReviewed(draft.status) if draft else ResourceNotFound
        details: dict[str, object] = {}
        yield found, details
        store(found)
        record(event, found, by=by, details=details)


def record_for_draft(
    event: str, draft: ConnectorStaged, *, by: Actor, details: dict[str, object] | None = None
) -> None:
    """Record an event about a draft that has no open round."""
    events.record(
        event,
        by=by,
        subject_type="connector",
        subject_id=draft.pk,
        subject_label=draft.label,
        project_key=draft.project.key,
        status_from=draft.status,
        status_to=draft.status,
        details=details or {},
    )


def record(event: str, round_: Round, *, by: Actor, details: dict[str, object] | None = None) -> None:
    """Record an event about a round in the history of its connector."""
    events.record(
        event,
        by=by,
        subject_type="connector",
        subject_id=round_.draft_id,
        subject_label=round_.label,
        project_key=round_.project.key,
        status_from=round_.status,
        status_to=round_.status,
        commit=round_.commit,
        details={"round": round_.number, **(details or {})},
    )


def now() -> datetime:
    """Return the current moment; tests replace this clock."""
    return timezone.now()


def store(row: Round) -> None:
    """Store a round as its next version."""
    row.version += 1
    row.save()


def current(draft_id: UUID, *, lock: bool = False) -> Round | None:
    """Return the open round of a draft."""
    rows = Round.objects.open().filter(draft_id=draft_id).select_related("project", "assignee", "draft__project")
    return (rows.select_for_update(of=("self",), no_key=True) if lock else rows).first()


def latest(draft_id: UUID, *, number: int | None = None) -> Round | None:
    """Return the round with this number, or by default the last one of a draft."""
    rows = Round.objects.filter(draft_id=draft_id).select_related("project", "assignee", "run", "draft")
    if number is not None:
        rows = rows.filter(number=number)
    return rows.order_by("-number").first()


def open_for(change: Change, *, kind: str | None = None, turn: str = Turn.REVIEWER) -> Round:
    """Open the next round of a draft. It keeps the place in the queue of an earlier one that had no decision."""
    draft, calendar = change.draft, business_calendar.calendar()
    last = draft.rounds.order_by("-number").first()
    kept = last if _keeps_place(last, now=change.now) else None
    row = Round(
        draft=draft,
        project=draft.project,
        number=last.number + 1 if last else 1,
        kind=kind or (kept.kind if kept else _kind_of(draft)),
        opened_at=change.now,
        assignee=kept.assignee if kept else None,
        escalated_to=kept.escalated_to if kept else "",
        turn=turn,
        turn_since=change.now,
    )
    copy_facts(row, draft)
    left = kept.clock_left if kept and kept.clock_left is not None else calendar.days(row.kind)
    if turn == Turn.REVIEWER:
        pin(row, draft)
    else:
        row.awaits, row.clock_left = Awaits.CHECKS, left
    row.due_at = calendar.add(change.now, left)
    row.save()
    record("round:opened", row, by=change.by, details={"kind": row.kind, "tag": row.tag})
    return row


def pin(row: Round, draft: ConnectorStaged) -> None:
    """Pin a round to the commit of the run that admitted it."""
    run = (
        draft.runs.filter(kind=ValidationRun.Kind.PUBLISH, certification=True, finished_at__isnull=False)
        .order_by("-queued_at")
        .first()
    )
    row.run = run
    row.commit, row.tree = (run.commit, run.tree) if run else ("", "")


def copy_facts(row: Round, draft: ConnectorStaged) -> None:
    """Copy to a round what the queue shows of its draft, which is frozen while the round is open."""
    row.status = draft.status
    row.name, row.key, row.tag = draft.name, draft.key or "", draft.repository_tag
    row.integration_mask = draft.integration_mask
    row.application_mask = application_mask_of(c.get("applicationType", "") for c in draft.configurations)


def keep_tag(row: Round, *, by: User, commit: str = "", problem: str = "") -> None:
    """Store with a round which commit its tag leads to now, or why the lookup failed; record an event if it moved."""
    with transaction.atomic():
        Round.objects.filter(pk=row.pk).update(tag_commit=commit, tag_problem=problem[:300], tag_looked_up_at=now())
        if commit and commit not in (row.commit, row.tag_commit):
            details: dict[str, object] = {"tag": row.tag, "from": row.commit[:10], "to": commit[:10]}
            record("round:tag-moved", row, by=reviewer(by), details=details)


def close(row: Round, *, decision: str, by: Actor, now: datetime, calendar: Calendar, reason: str = "") -> None:
    """End a round. It stores the remaining time, for a next round that keeps its place in the queue.

    An escalation ends with its round, unless the next one keeps it.
    """
    if row.clock_left is None:
        row.clock_left = calendar.between(now, row.due_at)
    count_time(row, now=now, calendar=calendar)
    row.decision, row.decided_at, row.reason = decision, now, reason
    row.decided_by_label = by.label or by.public_name or str(by.kind)
    row.decided_by = User.objects.filter(pk=by.id).first() if by.kind == actors.ActorKind.USER else None
    if row.escalated_to and decision not in KEEPS_PLACE:
        record(ESCALATION_ENDED, row, by=by, details={"from": row.escalated_to, "to": "", "decision": decision})


def pass_turn(
    row: Round, turn: str, *, awaits: str, now: datetime, calendar: Calendar, due_at: datetime | None = None
) -> None:
    """Pass the turn to another side. The review's clock runs only while it is the reviewer's turn."""
    count_time(row, now=now, calendar=calendar)
    if row.turn == Turn.REVIEWER and turn != Turn.REVIEWER:
        row.clock_left = calendar.between(now, row.due_at)
    if turn == Turn.REVIEWER and row.clock_left is not None:
        row.due_at, row.clock_left = calendar.add(now, row.clock_left), None
    elif due_at is not None:
        row.due_at = due_at
    row.turn, row.awaits, row.reminded_at = turn, awaits, None


def count_time(row: Round, *, now: datetime, calendar: Calendar) -> None:
    """Add the business time since the last change of turn to the side whose turn it was."""
    spent = max(calendar.between(row.turn_since, now), timedelta(0))
    match row.turn:
        case Turn.REVIEWER:
            row.reviewer_time += spent
        case Turn.DEVELOPER:
            row.developer_time += spent
        case _:
            row.system_time += spent
    row.turn_since = now


def _keeps_place(last: Round | None, *, now: datetime) -> bool:
    return (
        last is not None
        and last.decided_at is not None
        and last.decision in KEEPS_PLACE
        and now - last.decided_at <= PLACE_KEPT_FOR
    )


def _kind_of(draft: ConnectorStaged) -> str:
    certified = Release.objects.filter(draft=draft, certified=True).exists()
    return RoundKind.UPDATE if certified else RoundKind.FIRST
