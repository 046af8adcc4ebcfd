"""Claim, release and assign reviews, and claim the next one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.access.permissions import may
from accounts.models import User
from certification.choices import Turn
from certification.desk import review_queue
from certification.errors import NotAllowed, ReviewError
from certification.models import Round
from certification.rounds import rounds
from certification.rounds.abilities import ROLE, abilities

TRIED = 20
"""How many rounds `claim_next` tries before it gives up: others may claim them at the same moment."""


def start(draft_id: UUID, *, by: User, now: datetime | None = None) -> Round:
    """Claim a round and start it: the connector is then in certification. Raises what `Abilities.claim` refuses."""
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        abilities(row, by, now=step.now).claim().require()
        row.assignee = by
        row.started_at = row.started_at or step.now
        if step.draft.can("start_certification"):
            step.draft.start_certification()
            step.change.record("certification:started", details={"round": row.number}, commit=row.commit)
        else:
            step.change.record("round:claimed", details={"round": row.number}, commit=row.commit)
    return step.round


def release(draft_id: UUID, *, by: User) -> Round:
    """Release a review, so that anyone can claim it; it keeps its place in the queue and its deadline."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="round:released") as (row, details):
        abilities(row, by).release().require()
        details.update({"from": str(row.assignee), "from_id": row.assignee_id})
        row.assignee = None
    return row


def assign(draft_id: UUID, *, to: User, by: User) -> Round:
    """Assign a review to somebody, who still has to start it."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="round:assigned") as (row, details):
        abilities(row, by).assign_to(to).require()
        details.update({"from": str(row.assignee or ""), "from_id": row.assignee_id, "to": str(to), "to_id": to.pk})
        row.assignee = to
    return row


def claim_next(*, by: User, now: datetime | None = None) -> Round | None:
    """Claim the unassigned review with the earliest due date that this person may have, or return None.

    Raises NotAllowed for a role that may claim nothing.
    """
    if not may(by, "review:claim"):
        raise NotAllowed(ROLE)
    waiting = review_queue.listed("", status="", by=by, now=now or rounds.now())
    for row in waiting.filter(assignee=None)[:TRIED]:
        try:
            return start(row.draft_id, by=by, now=now)
        except ReviewError:
            continue
    return None


def waits_for(row: Round, by: User) -> bool:
    """Return whether it is this person's turn."""
    return row.is_open and row.turn == Turn.REVIEWER and row.assignee_id == by.pk
