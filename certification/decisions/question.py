"""The question: the developer answers it, or the reviewer goes on without an answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from certification.choices import AnswerKind, Awaits
from certification.decisions import steps
from certification.errors import ReviewError
from certification.models import Answer
from certification.rounds import conversation, rounds
from certification.rounds.abilities import abilities


def ask(
    draft_id: UUID,
    *,
    by: User,
    message: str,
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Answer:
    """Ask the developer something: it is their turn, and the review's clock stops until they answer."""
    if not message.strip():
        raise ReviewError("Write the question first.")
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        can = abilities(row, by, now=step.now)
        steps.require(can.ask(), row, by, last_event_id=last_event_id)
        answer = conversation.say(step, AnswerKind.QUESTION, by=by, message=message, token=token)
        due_at = steps.deadline(AnswerKind.QUESTION, now=step.now, calendar=step.calendar)
        steps.pass_to_developer(step, awaits=Awaits.ANSWER, due_at=due_at)
        step.change.record(
            steps.EVENTS[AnswerKind.QUESTION],
            details={**conversation.details_of(answer), "due": due_at.isoformat()},
            commit=row.commit,
        )
    return answer
