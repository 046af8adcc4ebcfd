"""Which draft a person may see, and what they may do with it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import actors
from accounts.access.permissions import may_in_project
from accounts.actors import Actor
from accounts.models import Membership, User
from connectors.drafts.update import Lookup
from connectors.models import ConnectorStaged


@dataclass(frozen=True)
class Seat:
    """A draft together with the membership through which somebody sees it."""

    draft: ConnectorStaged
    membership: Membership

    @property
    def lookup(self) -> Lookup:
        """Return how `connectors.drafts.update` finds the draft, of this Project only."""
        return Lookup(id=self.draft.id, project_id=self.draft.project_id)

    @property
    def actor(self) -> Actor:
        """Return the `by` of changes; in public it is the Project that speaks."""
        return actors.person(self.membership.user, public_name=self.draft.project.key)

    def may(self, action: str) -> bool:
        """Tell whether the person's role in the Project allows an action."""
        return may_in_project(self.membership.role, action)


def find(user: User, draft_id: UUID, *, action: str = "connector:read") -> Seat:
    """Return the seat of a person at a draft.

    Raises Http404 for a draft that is unknown or of a Project the person does not belong to (the same answer for
    both), and PermissionDenied when their role there does not allow the action.
    """
    draft = (
        ConnectorStaged.objects.of_member(user.pk).select_related("project", "production").filter(pk=draft_id).first()
    )
    if draft is None:
        raise Http404("Your Projects have no such draft.")
    membership = Membership.objects.get(project_id=draft.project_id, user=user)
    membership.user = user
    seat = Seat(draft, membership)
    if not seat.may(action):
        raise PermissionDenied(f"Your role in {draft.project} is {membership.get_role_display().lower()}.")
    return seat
