"""Who may change, remove and follow whom in a Project, and what the others read."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts import actors
from accounts.ability import Ability
from accounts.actors import Actor
from accounts.models import Membership, Project, User
from accounts.projects.member_abilities import ALLOWED, MemberAbilities, MembershipError, member_abilities

ROLE = Ability(PermissionDenied("Your role in Acme is developer."))
ACME, OTHER = Project(pk=1, key="acme", name="Acme"), Project(pk=2, key="other", name="Other")


def member(pk: int, role: str, *, of: Project = ACME) -> Membership:
    """Return a membership whose id is that of its person."""
    return Membership(pk=pk, project=of, user=User(pk=pk, name=f"Member {pk}"), role=role)


def acting(pk: int) -> Actor:
    return actors.person(User(pk=pk, name=f"Member {pk}"), public_name="acme")


def can(what: Membership, *, by: int, role: Ability = ALLOWED, owners: tuple[int, ...] = (1,)) -> MemberAbilities:
    return member_abilities(what, by=acting(by), role=role, owners=owners)


def test_the_only_owner_stays_one_and_is_told_so() -> None:
    own, by_others = can(member(1, "owner"), by=1), can(member(1, "owner"), by=9)

    assert isinstance(own.remove().refusal, MembershipError)
    assert own.remove().why_not == "You are the only owner of Acme. Make somebody else an owner first."
    assert own.change_role().why_not == own.remove().why_not
    assert by_others.remove().why_not == "Member 1 is the only owner of Acme. Make somebody else an owner first."
    assert by_others.change_role().why_not == by_others.remove().why_not
    assert (own.is_own, by_others.is_own) == (True, False)


def test_one_of_two_owners_goes() -> None:
    one_of_two = can(member(1, "owner"), by=1, owners=(1, 2))

    assert one_of_two.remove().possible
    assert one_of_two.change_role().possible


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_who_owns_nothing_goes_though_there_is_one_owner(role: str) -> None:
    assert can(member(3, role), by=1).remove().possible
    assert can(member(3, role), by=1).change_role().possible


def test_without_the_right_one_ends_ones_own_membership_only() -> None:
    own, foreign = can(member(3, "developer"), by=3, role=ROLE), can(member(4, "viewer"), by=3, role=ROLE)

    assert own.remove().possible
    assert {able.why_not for able in (own.change_role(), foreign.remove(), foreign.change_role())} == {ROLE.why_not}


def test_a_project_is_handed_over_by_an_owner_to_another_member() -> None:
    owner, developer = member(1, "owner"), member(3, "developer")

    assert can(owner, by=1).hand_over(developer).possible
    assert can(developer, by=3).hand_over(owner).why_not == "Only an owner can hand over a Project."
    assert can(owner, by=1, role=ROLE).hand_over(developer).why_not == ROLE.why_not
    for to in (owner, member(5, "developer", of=OTHER)):
        assert can(owner, by=1).hand_over(to).why_not == "Choose another member of this Project."


@pytest.mark.django_db
def test_owners_that_nobody_read_are_looked_up_in_the_members_project() -> None:
    acme, other = Project.objects.create(key="acme", name="Acme"), Project.objects.create(key="other", name="Other")
    olive, pia = (User.objects.create_user(f"{name}@example.com", "x", name=name) for name in ("olive", "pia"))
    own = Membership.objects.create(project=acme, user=olive, role="owner")
    Membership.objects.create(project=acme, user=pia, role="developer")
    Membership.objects.create(project=other, user=pia, role="owner")
    by = actors.person(olive, public_name="acme")

    assert not member_abilities(own, by=by).remove()
    Membership.objects.filter(project=acme, user=pia).update(role="owner")
    assert member_abilities(own, by=by).remove()
