"""Who has a review: taking, giving, handing back, and taking what is next."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import Membership, User
from accounts.roles import may
from certification import guards, queue, rounds
from certification.choices import Awaits, Turn
from certification.errors import NotAllowed, ReviewError
from certification.models import Round
from connectors.choices import ConnectorStatus

TRIED = 20
"""How many rounds `take_next` looks at before it gives up: others may take them at the same moment."""


def start(draft_id: UUID, *, by: User, now: datetime | None = None) -> Round:
    """Take a round and begin with it: the connector is in certification from now on."""
    with rounds.step(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        guards.demand_review(row, by, action="review:claim")
        if row.assignee_id not in (None, by.pk):
            raise ReviewError(f"{row.assignee} has this review already.")
        if step.draft.status == ConnectorStatus.IN_CERTIFICATION and row.assignee_id == by.pk:
            raise ReviewError("You have this review already.")
        if not step.draft.can("start_certification") and step.draft.status != ConnectorStatus.IN_CERTIFICATION:
            raise ReviewError(
                f"The connector is {ConnectorStatus(step.draft.status).label.lower()}: wait for the checks."
            )
        if row.awaits == Awaits.SECOND and row.approvals.filter(by=by, commit=row.commit).exists():
            raise NotAllowed("You signed already: the second signature is somebody else's.")
        row.assignee = by
        row.started_at = row.started_at or step.now
        if step.draft.can("start_certification"):
            step.draft.start_certification()
            step.change.record("certification:started", details={"round": row.number}, commit=row.commit)
        else:
            step.change.record("round:claimed", details={"round": row.number}, commit=row.commit)
    return step.round


def release(draft_id: UUID, *, by: User) -> Round:
    """Give a review back, so that somebody else can take it; its place and its clock stay."""
    with rounds.aside(draft_id, by=rounds.reviewer(by), event="round:released") as (row, details):
        guards.demand(by, "review:claim")
        if row.assignee is None:
            raise ReviewError("Nobody has this review.")
        if row.assignee_id != by.pk and not may(by, "review:assign"):
            raise NotAllowed(f"This review is with {row.assignee}: only they or a lead reviewer give it back.")
        if row.assignee_id != by.pk:
            guards.demand_outsider(row, by, action="review:assign")
        details["from"] = str(row.assignee)
        row.assignee = None
    return row


def assign(draft_id: UUID, *, to: User, by: User) -> Round:
    """Give a review to somebody. Beginning with it is theirs."""
    with rounds.aside(draft_id, by=rounds.reviewer(by), event="round:assigned") as (row, details):
        guards.demand_outsider(row, by, action="review:assign")
        if not may(to, "review:claim"):
            raise ReviewError(f"{to} is no reviewer.")
        reason = guards.why_not_yours(row, to)
        if reason:
            raise ReviewError(f"{to} cannot have this review. To them it says: {reason}")
        details.update({"from": str(row.assignee or ""), "to": str(to)})
        row.assignee = to
    return row


def take_next(*, by: User, now: datetime | None = None) -> Round | None:
    """Start the review that is due first among those that nobody has and this person may; None when there is none."""
    guards.demand(by, "review:claim")
    moment = now or rounds.present()
    waiting = Round.objects.open().filter(queue.STANDING["unclaimed"].condition(by, moment))
    own = Membership.objects.filter(user=by).values("project_id")
    for row in waiting.exclude(project_id__in=own).order_by("due_at", "id")[:TRIED]:
        try:
            return start(row.draft_id, by=by, now=now)
        except ReviewError:
            continue
    return None


def waits_for(row: Round, by: User) -> bool:
    """Tell whether it is this person's turn."""
    return row.is_open and row.turn == Turn.REVIEWER and row.assignee_id == by.pk
