"""The certificate, or the first of two signatures under it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from certification.choices import AnswerKind, Decision
from certification.decisions import steps
from certification.errors import Obstructed
from certification.evidence import machine_evidence
from certification.formatting import typed
from certification.models import Approval, ChangeRequest, Note, Round
from certification.rounds import approvals, conversation, obstacles, rounds, tag_target
from certification.rounds.abilities import abilities
from certification.rounds.rounds import Step
from connectors.drafts import publishing


def certify(
    draft_id: UUID,
    *,
    by: User,
    message: str = "",
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Round:
    """Give the certificate for the pinned commit: the connector is published, public and listed.

    Where a rule asks for two signatures, the first one is kept and the round waits for somebody else's. Raises
    Obstructed with everything that is missing.
    """
    tag_commit = look_up_tag(draft_id, by=by, last_event_id=last_event_id)
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        can = abilities(row, by, now=step.now, tag_commit=tag_commit)
        steps.require(can.certify(), row, by, last_event_id=last_event_id)
        if can.signs_first:
            _sign(step, by=by, message=message, token=token)
            return row
        answer = conversation.say(step, AnswerKind.CERTIFIED, by=by, message=message, token=token)
        _settle_requests(row, by=by, now=step.now)
        step.draft.certify()
        rounds.close(row, decision=Decision.CERTIFIED, by=step.change.by, now=step.now, calendar=step.calendar)
        row.status = step.draft.status
        signers = [*row.approvals.filter(commit=row.commit).values_list("by_label", flat=True), str(by)]
        step.change.record(
            steps.EVENTS[AnswerKind.CERTIFIED],
            details={**conversation.details_of(answer), "signed_by": signers},
            commit=row.commit,
        )
        publishing.publish(step.change, certified=True, run=machine_evidence.run_of(row))
    return row


def look_up_tag(draft_id: UUID, *, by: User, last_event_id: int | None = None) -> str | None:
    """Return the commit that the tag of the open round leads to now; None when no round is open.

    What came of it stays with the round, also when the certificate is refused. Raises Obstructed when nobody can tell:
    a certificate is not given blindly.
    """
    row = rounds.current(draft_id)
    if row is None:
        return None
    steps.require(abilities(row, by).decide(), row, by, last_event_id=last_event_id)
    try:
        commit = tag_target.commit_of(row.draft, tag=row.tag)
    except tag_target.TagUnknown as error:
        rounds.keep_tag(row, by=by, problem=str(error))
        raise Obstructed([obstacles.tag_unknown(row, str(error))]) from error
    rounds.keep_tag(row, by=by, commit=commit)
    return commit


def _sign(step: Step, *, by: User, message: str, token: UUID | None) -> None:
    """Store the first signature; the message becomes a private note for the second reviewer."""
    row = step.round
    conversation.say(
        step, AnswerKind.APPROVED, by=by, message=steps.public_text(row, AnswerKind.APPROVED, message), token=token
    )
    if message.strip():
        Note.objects.create(round=row, text=f"Message for the certificate:\n\n{typed(message)}", by=by, at=step.now)
    Approval.objects.update_or_create(
        round=row, by=by, defaults={"by_label": str(by), "commit": row.commit, "at": step.now}
    )
    row.assignee = None
    step.change.record(
        steps.EVENTS[AnswerKind.APPROVED],
        details={"round": row.number, "rules": [rule.name for rule in approvals.rules_for(row)]},
        commit=row.commit,
    )


def _settle_requests(row: Round, *, by: User, now: datetime) -> None:
    """A certificate settles what was asked for: what is done was good, and the rest was not needed."""
    waiting = ChangeRequest.objects.filter(round__draft_id=row.draft_id)
    settled = {"settled_at": now, "settled_by": by}
    waiting.filter(state=ChangeRequest.State.DONE).update(state=ChangeRequest.State.ACCEPTED, **settled)
    waiting.filter(state=ChangeRequest.State.OPEN).update(state=ChangeRequest.State.DROPPED, **settled)
