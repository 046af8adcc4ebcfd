"""Escalate rounds: who receives an escalation, which rounds wait for a person, and who escalated them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.access.permissions import may, who_may
from accounts.models import Event, User
from certification.choices import Escalation
from certification.errors import ReviewError
from certification.formatting import typed
from certification.models import Note, Round
from certification.rounds import closeness, rounds
from certification.rounds.abilities import abilities

ASKED, ENDED = "round:escalated", rounds.ESCALATION_ENDED
ACTIONS: Mapping[str, str] = {
    Escalation.LEAD: "escalation:lead",
    Escalation.SECURITY: "escalation:security",
}
"""The action that a person's role must allow to receive an escalation."""

ANY = Q(escalated_to__in=list(ACTIONS))


def escalate(draft_id: UUID, *, to: str, by: User, note: str = "") -> Round:
    """Ask lead or security reviewers for help, with the reason in a private note; an empty `to` ends the escalation."""
    if to not in Escalation.values:
        raise ReviewError("Choose a reviewer.")
    if to and not note.strip():
        raise ReviewError("Say in a private note what they should review.")
    event = ASKED if to else ENDED
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event=event) as (row, details):
        can = abilities(row, by)
        (can.escalate() if to else can.end_escalation()).require()
        details.update({"from": row.escalated_to, "to": to})
        row.escalated_to = to
        if note.strip():
            Note.objects.create(round=row, text=typed(note), by=by, at=rounds.now())
    return row


def reaching(by: User) -> list[str]:
    """Return the kinds of escalations that a person receives."""
    return [to for to, action in ACTIONS.items() if may(by, action)]


def waiting(by: User) -> Q:
    """Return the condition for escalated rounds that wait for this person."""
    return Q(escalated_to__in=reaching(by))


def people(round_: Round) -> QuerySet[User]:
    """Return the people who receive a round's escalation; nobody if all of them belong to its Project."""
    if not round_.escalated_to:
        return User.objects.none()
    inside = closeness.people(round_.project.key)
    return User.objects.filter(who_may(ACTIONS[round_.escalated_to])).exclude(pk__in=inside.values("pk"))


def asked_by(event: Event) -> list[int]:
    """Return the ids of the people who asked for the escalation that this event ended."""
    before = Event.objects.filter(
        subject_type="connector", subject_id=event.subject_id, name__in=(ASKED, ENDED), id__lt=event.pk
    )
    found = []
    for asked in before.order_by("-id"):
        if asked.name == ENDED or not asked.details.get("to"):
            break
        found.append(int(asked.actor_id))
    return found
