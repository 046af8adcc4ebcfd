"""What may be done with a member of a Project now: one answer a verb, which the verb raises and its button shows."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from accounts.ability import Ability
from accounts.actors import Actor
from accounts.models import Membership
from accounts.roles import ProjectRole

ALLOWED = Ability()


class MembershipError(ValueError):
    """A change of a membership or an invitation is refused; the message is for the person."""


def member_abilities(
    member: Membership, *, by: Actor, role: Ability = ALLOWED, owners: Collection[int] | None = None
) -> MemberAbilities:
    """Return what somebody whose role allows it, or not, as `role` says, may do with a member.

    `owners` are the ids of all memberships of the Project's owners, where they were read already. The verbs leave
    `role` to their callers, who know the membership of the one who acts.
    """
    return MemberAbilities(member, by=by, role=role, owners=owners)


class MemberAbilities:
    """What may be done with one member: a method for each verb."""

    def __init__(self, member: Membership, *, by: Actor, role: Ability, owners: Collection[int] | None) -> None:
        self.member, self._by, self._role, self._owners = member, by, role.refusal, owners

    @cached_property
    def is_own(self) -> bool:
        """Whether the member is the one who acts."""
        return self._by.id == str(self.member.user_id)

    def change_role(self) -> Ability:
        """Give the member another role."""
        return Ability(self._role or self._only_owner())

    def remove(self) -> Ability:
        """End the membership. All members may end their own."""
        return Ability((None if self.is_own else self._role) or self._only_owner())

    def hand_over(self, to: Membership) -> Ability:
        """Make another member the owner in place of this one."""
        return Ability(self._role or self._not_an_owner() or self._not_another(to))

    def _only_owner(self) -> MembershipError | None:
        """A Project keeps at least one owner."""
        if self.member.role != ProjectRole.OWNER or any(pk != self.member.pk for pk in self.owners):
            return None
        who = "You are" if self.is_own else f"{self.member.user} is"
        return MembershipError(f"{who} the only owner of {self.member.project}. Make somebody else an owner first.")

    def _not_an_owner(self) -> MembershipError | None:
        if self.member.role == ProjectRole.OWNER:
            return None
        return MembershipError("Only an owner can hand over a Project.")

    def _not_another(self, to: Membership) -> MembershipError | None:
        if self.member.project_id == to.project_id and self.member.pk != to.pk:
            return None
        return MembershipError("Choose another member of this Project.")

    @cached_property
    def owners(self) -> Collection[int]:
        """The ids of the memberships of the Project's owners."""
        if self._owners is not None:
            return self._owners
        rows = Membership.objects.filter(project_id=self.member.project_id, role=ProjectRole.OWNER)
        return set(rows.values_list("pk", flat=True))
