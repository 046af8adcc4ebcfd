"""Requested changes: the developer makes them within a deadline."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from certification.choices import AnswerKind, Awaits
from certification.decisions import steps
from certification.errors import ReviewError
from certification.models import Answer, ChangeRequest, TimeLimit
from certification.rounds import conversation, rounds
from certification.rounds.abilities import abilities

MOST_DAYS = 60
"""Business days that a lead may give for requested changes."""


def request_changes(
    draft_id: UUID,
    *,
    by: User,
    message: str = "",
    days: int | None = None,
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Answer:
    """Send the requests for changes: it is the developer's turn, until the end of a business day.

    At least one request must be open. `days` are business days; only a lead reviewer sets others than the usual.
    When nothing comes in time, the connector fails by itself.
    """
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        can = abilities(row, by, now=step.now)
        steps.require(can.request_changes(), row, by, last_event_id=last_event_id)
        tasks = ChangeRequest.objects.waiting(row.draft_id)
        number = tasks.count()
        if days is not None and days != step.calendar.days(TimeLimit.For.CHANGES).days:
            can.sets_deadline().require()
            if not 1 <= days <= MOST_DAYS:
                raise ReviewError(f"Give the developer 1 to {MOST_DAYS} business days.")
        answer = conversation.say(
            step, AnswerKind.CHANGES, by=by, message=steps.public_text(row, AnswerKind.CHANGES, message), token=token
        )
        tasks.filter(sent_with=None).update(sent_with=answer)
        due_at = steps.deadline(AnswerKind.CHANGES, days=days, now=step.now, calendar=step.calendar)
        steps.pass_to_developer(step, awaits=Awaits.CHANGES, due_at=due_at)
        step.change.record(
            steps.EVENTS[AnswerKind.CHANGES],
            details={**conversation.details_of(answer), "requests": number, "due": due_at.isoformat()},
            commit=row.commit,
        )
    return answer
