"""A question: the developer answers it, or the reviewer continues without an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.ability import Ability
from accounts.models import User
from certification import business_calendar
from certification.business_calendar import Calendar
from certification.choices import Awaits
from certification.decisions import DecisionKind, Effect, register, steps
from certification.errors import ReviewError
from certification.models import Answer, TimeLimit
from certification.notifications.kinds import Notice, Topic
from certification.rounds import conversation
from certification.rounds.abilities import Abilities

ASKED = Effect(
    kind="question",
    label="Question",
    event="certification:question-asked",
    icon="message-2",
    words="asked a question",
    sent="Question sent. It is the developer's turn, and your clock is paused.",
    part="#conversation",
    topic=Topic(
        "certification.question_asked",
        "A reviewer asked a question; it is the developer’s turn",
        developers=Notice(
            "turn",
            "A question for you",
            "{comment}",
            "Your turn until {due}. Answer in the conversation. If no answer arrives by then, the reviewer "
            "continues without it.",
            open="Answer the question",
        ),
    ),
)


def ability(can: Abilities) -> Ability:
    """Return whether this person may ask a question now."""
    return can.decide()


def ask(
    draft_id: UUID,
    *,
    by: User,
    message: str,
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Answer:
    """Ask the developer a question: it is their turn, and the review's clock stops until they answer."""
    if not message.strip():
        raise ReviewError("Write the question first.")
    with steps.deciding(draft_id, ability, by=by, last_event_id=last_event_id, now=now) as (step, _):
        answer = conversation.say(step, ASKED.kind, by=by, message=message, token=token)
        due_at = deadline(now=step.now, calendar=step.calendar)
        steps.pass_to_developer(step, awaits=Awaits.ANSWER, due_at=due_at)
        step.change.record(
            ASKED.event,
            details={**conversation.details_of(answer), "due": due_at.isoformat()},
            commit=step.round.commit,
        )
    return answer


def deadline(*, now: datetime, calendar: Calendar) -> datetime:
    """Return until when the developer has time to answer."""
    return calendar.deadline(now, calendar.days(TimeLimit.For.ANSWER))


def details(can: Abilities, given: Mapping[str, Any]) -> dict[str, object]:
    """Return the deadline for the details of the event."""
    return {"due": deadline(now=can.now, calendar=business_calendar.calendar()).isoformat()}


register(
    DecisionKind(
        (ASKED,),
        offer="Ask a question…",
        button="Send question",
        ability=ability,
        send=ask,
        details=details,
    )
)
