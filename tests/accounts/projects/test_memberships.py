"""People in Projects."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import actors
from accounts.actors import Actor
from accounts.models import Event, Invitation, Membership, Project, User
from accounts.projects import invited_addresses, memberships, projects
from accounts.projects.member_abilities import MembershipError
from accounts.roles import ProjectRole
from tests import factory

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def acting(user: User) -> Actor:
    return actors.person(user, public_name="acme")


def confirmed(email: str) -> User:
    user = factory.user(email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def offer(project: Project, email: str = "new@example.com", role: str = "developer") -> memberships.Invited:
    owner = factory.owner(project)
    return memberships.invite(project, email=email, role=role, by=acting(owner), invited_by=owner)


def test_an_invitation_is_accepted_once_by_the_one_it_is_for() -> None:
    project = factory.project()
    invited = offer(project, "New@Example.com", role="viewer")
    user = confirmed("new@example.com")
    found = memberships.find(invited.token)
    assert found is not None

    membership = memberships.accept(found, user=user, by=acting(user))

    assert (membership.project, membership.role) == (project, "viewer")
    assert memberships.find(invited.token) is None
    with pytest.raises(MembershipError):
        memberships.accept(found, user=user, by=acting(user))


@pytest.mark.security
def test_an_address_gets_few_mails_of_invitations_in_a_day_from_all_projects() -> None:
    spellings = ["Victim@example.com", "victim+1@example.com", "VICTIM+2@EXAMPLE.com", "victim@example.com"]
    mailed = [
        offer(factory.project(f"shop-{n}"), spellings[n % len(spellings)]).is_mailed
        for n in range(invited_addresses.MOST_A_DAY + 3)
    ]

    assert mailed == [True] * invited_addresses.MOST_A_DAY + [False] * 3
    assert offer(factory.project("shop-0"), "victims@example.com").is_mailed
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert offer(factory.project("shop-9"), "victim@example.com").is_mailed


@pytest.mark.security
def test_a_project_mails_an_address_once_a_day_and_the_first_link_still_works() -> None:
    project = factory.project()
    first = offer(project, "new@example.com", role="viewer")
    again = offer(project, "new@example.com", role="developer")

    assert (first.is_mailed, again.is_mailed) == (True, False)
    found = memberships.find(first.token)
    assert found == again.invitation
    assert found is not None
    assert found.role == "developer"
    memberships.revoke(found, by=acting(factory.owner()))
    withdrawn = offer(project, "new@example.com")
    assert not withdrawn.is_mailed
    assert memberships.find(withdrawn.token) == withdrawn.invitation


@pytest.mark.security
def test_who_refused_mails_counts_like_everybody_else() -> None:
    invited_addresses.refuse({invited_addresses.hashed("Victim+shop@example.com")})

    first, again = (offer(factory.project(), "victim@example.com") for _ in range(2))

    assert (first.is_mailed, again.is_mailed) == (True, False)


def test_the_token_is_not_stored() -> None:
    invited = offer(factory.project())

    assert invited.token not in str(Invitation.objects.values().get())


def test_somebody_else_cannot_accept_it() -> None:
    invited = offer(factory.project())
    other = confirmed("other@example.com")

    with pytest.raises(MembershipError, match=r"for new@example\.com"):
        memberships.accept(invited.invitation, user=other, by=acting(other))

    assert not Membership.objects.filter(user=other).exists()


def test_an_unconfirmed_address_is_not_enough() -> None:
    invited = offer(factory.project())
    user = factory.user("new@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)

    with pytest.raises(MembershipError):
        memberships.accept(invited.invitation, user=user, by=acting(user))

    assert memberships.offered_to(user) == []


def test_an_expired_or_revoked_invitation_opens_nothing() -> None:
    project = factory.project()
    revoked, expired = offer(project, "a@example.com"), offer(project, "b@example.com")
    memberships.revoke(revoked.invitation, by=acting(factory.owner()))
    later = timezone.now() + timedelta(days=memberships.INVITATION_DAYS, seconds=1)

    assert memberships.find(revoked.token) is None
    assert memberships.find(expired.token) is not None
    assert memberships.find(expired.token, now=later) is None


def test_an_invitation_of_another_day_replaces_the_first() -> None:
    project = factory.project()
    with time_machine.travel(timezone.now() - timedelta(hours=25)):
        first = offer(project)
    second = offer(project)

    assert memberships.find(first.token) is None
    assert memberships.find(second.token) is not None


@pytest.mark.parametrize(("email", "role"), [("nobody", "viewer"), ("a@example.com", "king"), ("", "viewer")])
def test_a_wrong_address_or_role_is_refused(email: str, role: str) -> None:
    with pytest.raises(MembershipError):
        offer(factory.project(), email, role=role)


def test_a_member_is_not_invited_again() -> None:
    project = factory.project()
    factory.owner(project)

    with pytest.raises(MembershipError, match="already a member"):
        offer(project, "owner@example.com")


def test_the_only_owner_cannot_leave_or_step_down() -> None:
    project = factory.project()
    owner = factory.owner(project)
    membership = Membership.objects.get(user=owner)

    with pytest.raises(MembershipError, match=r"^You are the only owner of Acme\. Make somebody else"):
        memberships.remove(membership, by=acting(owner))
    with pytest.raises(MembershipError, match=r"^You are the only owner of Acme"):
        memberships.change_role(membership, role="viewer", by=acting(owner))
    with pytest.raises(MembershipError, match=r"^Olive Owner is the only owner of Acme"):
        memberships.remove(membership, by=acting(factory.stranger()))

    membership.refresh_from_db()
    assert membership.role == "owner"
    memberships.change_role(membership, role="owner", by=acting(owner))


def test_one_of_two_owners_steps_down_and_the_other_stays() -> None:
    project = factory.project()
    owner, other = factory.owner(project), factory.user("other@example.com")
    joined = projects.join(project, other, role=ProjectRole.OWNER, by=acting(owner))

    memberships.change_role(joined, role="viewer", by=acting(owner))

    with pytest.raises(MembershipError):
        memberships.remove(Membership.objects.get(user=owner), by=acting(owner))


def test_projects_that_would_have_no_owner_are_found() -> None:
    acme, shared = factory.project(), factory.project("shared")
    owner, other = factory.owner(acme), factory.user("other@example.com")
    for person in (owner, other):
        projects.join(shared, person, role=ProjectRole.OWNER, by=acting(owner))
    projects.join(acme, other, role=ProjectRole.DEVELOPER, by=acting(owner))

    assert set(memberships.owned_by_nobody_else([owner])) == {acme}
    assert set(memberships.owned_by_nobody_else([other])) == set()
    assert set(memberships.owned_by_nobody_else([owner, other])) == {acme, shared}


def test_an_owner_hands_the_project_over_and_may_then_leave() -> None:
    project = factory.project()
    owner, other = factory.owner(project), factory.user("other@example.com")
    by = acting(owner)
    taking = projects.join(project, other, role=ProjectRole.DEVELOPER, by=by)
    giving = Membership.objects.get(user=owner)

    memberships.hand_over(giving, to=taking, by=by)
    memberships.remove(giving, by=by)

    taking.refresh_from_db()
    assert taking.role == "owner"
    assert not Membership.objects.filter(user=owner).exists()
    assert Event.objects.filter(name="member:left").exists()


def test_a_project_is_not_handed_to_a_member_of_another_one() -> None:
    owner = factory.owner()
    factory.stranger()
    giving = Membership.objects.get(user=owner)
    foreign = Membership.objects.get(user__email="stranger@example.com")

    for to in (foreign, giving):
        with pytest.raises(MembershipError, match="Choose another member of this Project"):
            memberships.hand_over(giving, to=to, by=acting(owner))


def test_only_an_owner_hands_a_project_over() -> None:
    project = factory.project()
    owner, other = factory.owner(project), factory.user("other@example.com")
    joined = projects.join(project, other, role=ProjectRole.DEVELOPER, by=acting(owner))

    with pytest.raises(MembershipError, match="Only an owner can hand over a Project"):
        memberships.hand_over(joined, to=Membership.objects.get(user=owner), by=acting(other))


def test_everything_is_in_the_event_log() -> None:
    project = factory.project()
    invited = offer(project)
    user = confirmed("new@example.com")
    membership = memberships.accept(invited.invitation, user=user, by=acting(user))
    memberships.change_role(membership, role="viewer", by=acting(factory.owner()))
    memberships.remove(membership, by=acting(factory.owner()))

    names = list(Event.objects.order_by("id").values_list("name", flat=True))
    assert names == ["member:invited", "member:joined", "member:role-changed", "member:removed"]
