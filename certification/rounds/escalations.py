"""Escalated rounds: whom an escalation reaches, which rounds wait for somebody, and who asked for it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from accounts.access.permissions import may, who_may
from accounts.models import Event, Membership, User
from certification.choices import Escalation
from certification.models import Round

ASKED, ENDED = "round:escalated", "round:escalation-ended"
ACTIONS: Mapping[str, str] = {
    Escalation.LEAD: "escalation:lead",
    Escalation.SECURITY: "escalation:security",
}
"""What somebody must be allowed so that a round that was escalated reaches them."""

ANY = Q(escalated_to__in=list(ACTIONS))


def reaching(by: User) -> list[str]:
    """Return the escalations that reach somebody."""
    return [to for to, action in ACTIONS.items() if may(by, action)]


def waiting(by: User) -> Q:
    """Return the condition of the rounds that wait for somebody because they were escalated."""
    return Q(escalated_to__in=reaching(by))


def people(round_: Round) -> QuerySet[User]:
    """Return those whom a round's escalation reaches; nobody where only members of its Project could look at it."""
    if not round_.escalated_to:
        return User.objects.none()
    inside = Membership.objects.filter(project_id=round_.project_id).values("user_id")
    return User.objects.filter(who_may(ACTIONS[round_.escalated_to])).exclude(pk__in=inside)


def asked_by(event: Event) -> list[int]:
    """Return the ids of those who escalated what this event ended, since it was last escalated."""
    before = Event.objects.filter(
        subject_type="connector", subject_id=event.subject_id, name__in=(ASKED, ENDED), id__lt=event.pk
    )
    found = []
    for asked in before.order_by("-id"):
        if asked.name == ENDED or not asked.details.get("to"):
            break
        found.append(int(asked.actor_id))
    return found
