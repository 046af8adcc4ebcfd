"""Who may open which page of a Project."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse

from accounts import actors
from accounts.ability import Ability
from accounts.access.project_abilities import project_ability
from accounts.actors import Actor
from accounts.models import Membership, Project, User
from accounts.projects.member_abilities import MemberAbilities, member_abilities

PAGES = (
    ("project", "Members", "users", "connector:read"),
    ("project_clients", "API clients", "api", "client:read"),
    ("project_keys", "Deploy keys", "key", "client:read"),
    ("project_webhooks", "Webhooks", "webhook", "webhook:write"),
)
"""The pages of a Project: name, label, icon, and the action that opens it."""


@dataclass(frozen=True)
class Place:
    """A person's place in a Project."""

    membership: Membership

    @property
    def project(self) -> Project:
        """The Project."""
        return self.membership.project

    @property
    def actor(self) -> Actor:
        """The `by` of what the person does here."""
        return actors.person(self.membership.user, public_name=self.project.key)

    def ability(self, action: str) -> Ability:
        """Return whether the role allows an action, and if not, what role it is."""
        return project_ability(self.membership, action)

    def may(self, action: str) -> bool:
        """Return the same in a word."""
        return self.ability(action).possible

    def with_member(self, member: Membership, *, owners: Collection[int] | None = None) -> MemberAbilities:
        """Return what the person may do with a member of the Project, perhaps themselves."""
        return member_abilities(member, by=self.actor, role=self.ability("member:write"), owners=owners)

    def tabs(self) -> list[dict[str, str]]:
        """Return the pages of the Project that the role opens, for `_components/tabs.html`."""
        return [
            {"label": label, "icon": icon, "url": reverse(page, args=[self.project.key])}
            for page, label, icon, action in PAGES
            if self.may(action)
        ]

    def context(self) -> dict[str, object]:
        """Return what every page of a Project shows."""
        return {
            "project": self.project,
            "membership": self.membership,
            "tabs": self.tabs(),
            "may_add_connectors": self.may("connector:write"),
            "may_manage": self.may("project:write"),
            "may_manage_members": self.may("member:write"),
            "may_manage_clients": self.may("client:write"),
        }


def find(user: User, key: str, *, action: str = "connector:read") -> Place:
    """Return a person's place in the Project with this key.

    Raises Http404 for a Project that is unknown or not theirs (the same answer for both), and PermissionDenied when
    their role does not allow the action.
    """
    membership = Membership.objects.select_related("project").filter(user=user, project__key=key).first()
    if membership is None:
        raise Http404("You have no Project with this key.")
    membership.user = user
    place = Place(membership)
    place.ability(action).require()
    return place
