"""Who is told of an event: the members of its own Project and the reviewer who has it, never the one who did it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from accounts.actors import Kind as ActorKind
from accounts.models import Event, Membership, User
from accounts.roles import may, may_in_project
from certification.models import Round
from certification.notifications import kinds
from certification.notifications.kinds import Notice, Side


@dataclass(frozen=True)
class Listener:
    """Somebody to be told, and as what."""

    user: User
    side: Side
    notice: Notice


def of(event: Event) -> Iterator[Listener]:
    """Yield everybody who is to be told, each once."""
    topic = kinds.topic_of(event)
    if topic is None or event.subject_type != "connector":
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
            yield Listener(reviewer, Side.REVIEWER, topic.reviewer)


def _said_elsewhere(event: Event) -> bool:
    """Tell whether another event of the same change says it already: a certificate publishes, too."""
    return event.name == "connector:published" and bool(event.details.get("certified"))


def _reviewer(event: Event) -> User | None:
    """Return the reviewer who has the connector's last round, while they may still see it."""
    rows = Round.objects.filter(draft_id=UUID(event.subject_id)).select_related("assignee")
    row = rows.order_by("-number").first()
    reviewer = row.assignee if row else None
    return reviewer if reviewer is not None and may(reviewer, "review:read") else None
