"""The refusal of the certificate."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from certification.choices import AnswerKind, Decision, FailReason
from certification.decisions import steps
from certification.errors import ReviewError
from certification.models import Round
from certification.rounds import conversation, rounds
from certification.rounds.abilities import abilities
from connectors.drafts.representation import report_entry
from validator.report import entries


def fail(
    draft_id: UUID,
    *,
    by: User,
    reason: str,
    message: str,
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Round:
    """Refuse the certificate, with a reason that can be counted and a text that helps."""
    if reason not in FailReason.values:
        raise ReviewError("Choose a reason.")
    if not message.strip():
        raise ReviewError("Say why: the developer reads it.")
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        steps.require(abilities(row, by, now=step.now).fail(), row, by, last_event_id=last_event_id)
        answer = conversation.say(step, AnswerKind.FAILED, by=by, message=message, token=token, reason=reason)
        entry = entries.of_refusal(FailReason(reason).label.lower(), answer.text)
        step.draft.fail(reason=report_entry(entry, now=step.now))
        rounds.close(
            row, decision=Decision.FAILED, by=step.change.by, now=step.now, calendar=step.calendar, reason=reason
        )
        row.status = step.draft.status
        step.change.record(steps.EVENTS[AnswerKind.FAILED], details=conversation.details_of(answer), commit=row.commit)
    return row
