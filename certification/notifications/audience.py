"""The recipients of an event: the members of its Project, its reviewer, and others whom it concerns.

The person who caused it is never a recipient, and members of the Project never receive what is internal to reviewers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.access.permissions import may, may_in_project, who_may
from accounts.actors import ActorKind
from accounts.models import Event, Membership, User
from certification.models import Round
from certification.notifications import kinds
from certification.notifications.kinds import Also, Notice, Side
from certification.rounds import closeness, escalations
from connectors.models import Waiver


@dataclass(frozen=True)
class Listener:
    """A recipient, and their role."""

    user: User
    side: Side
    notice: Notice


def listeners(event: Event) -> Iterator[Listener]:
    """Yield all recipients, each once."""
    topic = kinds.topic_of(event)
    if topic is None or event.subject_type not in kinds.SUBJECTS:
        return
    told = {event.actor_id} if event.actor_kind == ActorKind.USER else set()
    if topic.developers is not None and not _said_elsewhere(event):
        members = Membership.objects.filter(project__key=event.project_key, user__is_active=True)
        for membership in members.select_related("user"):
            if str(membership.user_id) not in told and may_in_project(membership.role, "connector:read"):
                told.add(str(membership.user_id))
                yield Listener(membership.user, Side.DEVELOPERS, topic.developers)
    if topic.reviewer is not None:
        reviewer = _reviewer(event)
        if reviewer is not None and str(reviewer.pk) not in told:
            told.add(str(reviewer.pk))
            yield Listener(reviewer, Side.REVIEWER, topic.reviewer)
    for whom, notice in topic.also.items():
        for user in _outsiders(event).filter(_ALSO[whom](event)):
            if str(user.pk) not in told and may(user, "review:read"):
                told.add(str(user.pk))
                yield Listener(user, Side.REVIEWER, notice)


def _said_elsewhere(event: Event) -> bool:
    """Return whether another event of the same change already covers it: a certificate also publishes."""
    return event.name == "connector:published" and bool(event.details.get("certified"))


def _outsiders(event: Event) -> QuerySet[User]:
    """Return the people who neither belong to the event's Project nor left it recently."""
    inside = closeness.people(event.project_key)
    return User.objects.filter(is_active=True).exclude(pk__in=inside.values("pk")).order_by("pk")


def _escalated_to(event: Event) -> Q:
    action = escalations.ACTIONS.get(event.details.get("to", ""))
    # Older events record the end of an escalation under the same name, with an empty `to`.
    return who_may(action) if action else Q(pk=None)


def _proposer(event: Event) -> Q:
    return Q(pk__in=Waiver.objects.filter(pk=event.details.get("waiver")).values("proposed_by_id"))


_ALSO: Mapping[Also, Callable[[Event], Q]] = {
    Also.ESCALATED_TO: _escalated_to,
    Also.ESCALATED_BY: lambda event: Q(pk__in=escalations.asked_by(event)),
    Also.LEADS: lambda event: who_may("escalation:lead"),
    Also.APPROVERS: lambda event: who_may("waiver:approve"),
    Also.PROPOSER: _proposer,
    Also.ASSIGNED: lambda event: Q(pk=event.details.get("to_id")),
    Also.RELIEVED: lambda event: Q(pk=event.details.get("from_id")),
}


def _reviewer(event: Event) -> User | None:
    """Return the reviewer of the connector's last round, if they may still review it."""
    rows = Round.objects.filter(draft_id=UUID(event.subject_id)).select_related("assignee")
    row = rows.order_by("-number").first()
    reviewer = row.assignee if row else None
    if row is None or reviewer is None or not may(reviewer, "review:read") or closeness.is_member(row, reviewer):
        return None
    return reviewer
