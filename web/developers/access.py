"""Which draft a person may see, and what they may do with it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404

from accounts import actors
from accounts.ability import Ability
from accounts.access.project_abilities import project_ability
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

    def ability(self, action: str) -> Ability:
        """Return whether the person's role in the Project allows an action, and if not, what role it is."""
        return project_ability(self.membership, action)

    def may(self, action: str) -> bool:
        """Tell the same in a word."""
        return self.ability(action).possible


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
    seat.ability(action).require()
    return seat
