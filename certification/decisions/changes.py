"""Requested changes: the developer makes them until a deadline, or the request for certification fails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.ability import Ability
from accounts.models import User
from certification import business_calendar
from certification.business_calendar import DAY, Calendar
from certification.choices import Awaits
from certification.decisions import DecisionKind, Effect, WholeNumber, register, steps
from certification.errors import ReviewError
from certification.formatting import typed
from certification.models import Answer, ChangeRequest, Round, TimeLimit
from certification.notifications.channels.commit_status import Status
from certification.notifications.kinds import Notice, Topic
from certification.rounds import conversation
from certification.rounds.abilities import Abilities


def usual_days() -> int:
    """Return how many business days the developer has."""
    return business_calendar.calendar().days(TimeLimit.For.CHANGES).days


def public_text(row: Round, message: str) -> str:
    """Return the message, or the list of requests where there is none."""
    waiting = ChangeRequest.objects.waiting(row.draft_id)
    return typed(message) or "\n".join(f"- {task.place + ': ' if task.place else ''}{task.text}" for task in waiting)


DAYS = WholeNumber(
    "days",
    "Business days for the developer",
    "If no new tag arrives in time, the submission fails. The developer gets a reminder before that.",
    smallest=1,
    largest=60,
    usual=usual_days,
    ability=Abilities.sets_deadline,
)
REQUESTED = Effect(
    kind="changes",
    label="Changes requested",
    event="certification:changes-requested",
    icon="list-check",
    words="requested changes",
    sent="Changes requested. It is the developer's turn.",
    part="#requests",
    status=Status("failure", "A reviewer requested changes."),
    public_text=public_text,
    topic=Topic(
        "certification.changes_requested",
        "A reviewer requested changes; it is the developer’s turn",
        developers=Notice(
            "turn",
            "Changes are requested, due {day}",
            "{comment}",
            "Your turn until {due}. Push a new tag and choose it in the portal; your place in the queue is kept. If "
            "no tag arrives by then, the request for certification fails.",
            open="Open the requests",
            links=("resubmit",),
        ),
        lists_requests=True,
    ),
)


def ability(can: Abilities) -> Ability:
    """Return whether this person may send the requests for changes now: at least one must be open."""
    if not can.decide() or can.wants_changes:
        return can.decide()
    return Ability(ReviewError("Add at least one request for a change first."))


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

    `days` are business days; only a lead reviewer sets others than the usual. When nothing comes in time, the connector
    fails by itself.
    """
    with steps.deciding(draft_id, ability, by=by, last_event_id=last_event_id, now=now) as (step, can):
        row = step.round
        tasks = ChangeRequest.objects.waiting(row.draft_id)
        number = tasks.count()
        if days is not None and days != step.calendar.days(TimeLimit.For.CHANGES).days:
            DAYS.ability(can).require()
            if not DAYS.smallest <= days <= DAYS.largest:
                raise ReviewError(f"Give the developer {DAYS.smallest} to {DAYS.largest} business days.")
        answer = conversation.say(step, REQUESTED.kind, by=by, message=public_text(row, message), token=token)
        tasks.filter(sent_with=None).update(sent_with=answer)
        due_at = deadline(days, now=step.now, calendar=step.calendar)
        steps.pass_to_developer(step, awaits=Awaits.CHANGES, due_at=due_at)
        step.change.record(
            REQUESTED.event,
            details={**conversation.details_of(answer), "requests": number, "due": due_at.isoformat()},
            commit=row.commit,
        )
    return answer


def deadline(days: int | None, *, now: datetime, calendar: Calendar) -> datetime:
    """Return until when the developer has time, `days` being business days and None the usual ones."""
    return calendar.deadline(now, calendar.days(TimeLimit.For.CHANGES) if days is None else days * DAY)


def details(can: Abilities, given: Mapping[str, Any]) -> dict[str, object]:
    """Return the deadline for the details of the event."""
    return {"due": deadline(DAYS.within(given), now=can.now, calendar=business_calendar.calendar()).isoformat()}


register(
    DecisionKind(
        (REQUESTED,),
        offer="Request changes…",
        button="Request changes",
        ability=ability,
        send=request_changes,
        fields=(DAYS,),
        needs_message=False,
        details=details,
    )
)
