"""The steps that decisions share. Each verb is one transaction: load, guard, change, record, store.

Mail, webhooks and inboxes follow after the commit, from the recorded events. `token` is the form's own: sent twice,
it is done once. `seen` is the last event that the page knew: what others did since raises Stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.ability import Ability
from accounts.models import User
from certification.business_calendar import DAY, Calendar
from certification.choices import AnswerKind, Turn
from certification.errors import NotAllowed
from certification.formatting import typed
from certification.models import ChangeRequest, Round, TimeLimit
from certification.rounds import rounds, timeline
from certification.rounds.abilities import abilities
from certification.rounds.rounds import Step

EVENTS: Mapping[str, str] = {
    AnswerKind.QUESTION: "certification:question-asked",
    AnswerKind.CHANGES: "certification:changes-requested",
    AnswerKind.CERTIFIED: "certification:certified",
    AnswerKind.APPROVED: "certification:first-approval",
    AnswerKind.FAILED: "certification:failed",
}
"""The event for each decision, which triggers its notifications."""


def deadline(kind: str, *, now: datetime, calendar: Calendar, days: int | None = None) -> datetime:
    """Return until when the developer has time after a question or requested changes, `days` being business days."""
    limited = TimeLimit.For.ANSWER if kind == AnswerKind.QUESTION else TimeLimit.For.CHANGES
    return calendar.deadline(now, calendar.days(limited) if days is None else days * DAY)


def effect(row: Round, kind: str, *, by: User) -> str:
    """Return what a decision will be: the first of two signatures under a certificate is an approval only."""
    return AnswerKind.APPROVED if kind == AnswerKind.CERTIFIED and abilities(row, by).signs_first else kind


def public_text(row: Round, kind: str, message: str) -> str:
    """Return what becomes the public comment: nothing for a first approval, the requests where there is no message."""
    if kind == AnswerKind.APPROVED:
        return ""
    if kind == AnswerKind.CHANGES and not typed(message):
        waiting = ChangeRequest.objects.waiting(row.draft_id)
        return "\n".join(f"- {task.place + ': ' if task.place else ''}{task.text}" for task in waiting)
    return typed(message)


def require(ability: Ability, row: Round, by: User, *, last_event_id: int | None) -> None:
    """Raise why this decision is not possible; for a person who may decide, first what others have done since."""
    if not isinstance(ability.refusal, NotAllowed):
        timeline.require_no_news(row, by, last_event_id=last_event_id)
    ability.require()


def pass_to_developer(step: Step, *, awaits: str, due_at: datetime) -> None:
    rounds.pass_turn(step.round, Turn.DEVELOPER, awaits=awaits, now=step.now, calendar=step.calendar, due_at=due_at)
