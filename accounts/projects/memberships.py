"""Memberships: invite, accept, change a role, leave, remove, hand over. A Project always has an owner."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import naming
from accounts.actors import Actor
from accounts.limits import counting, table
from accounts.models import Invitation, Membership, Project, User
from accounts.projects import invited_addresses, projects
from accounts.projects.member_abilities import MembershipError, member_abilities
from accounts.roles import ProjectRole

INVITATION_DAYS = 14
MOST_OPEN = 50
"""How many invitations of a Project may be open at a time, to prevent spam."""


@dataclass(frozen=True)
class Invited:
    """An invitation and the token of its link, which cannot be shown again.

    Without `is_mailed`, the address has had its mails for today: the invitation shows when its owner signs in.
    """

    invitation: Invitation
    token: str
    is_mailed: bool = True


def hashed(token: str) -> str:
    """Return the hash of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    project: Project, *, email: str, role: str, by: Actor, invited_by: User | None = None, now: datetime | None = None
) -> Invited:
    """Create an invitation, replacing an open one to the same address; the caller sends the link if `is_mailed`.

    Does not reveal whether the address belongs to an account. Raises MembershipError and Exceeded.
    """
    now, email = now or timezone.now(), email.strip().lower()
    if not naming.is_address(email):
        raise MembershipError("Enter an e-mail address.")
    if role not in ProjectRole.values:
        raise MembershipError("Choose a role.")
    if Membership.objects.filter(project=project, user__email=email).exists():
        raise MembershipError(f"{email} is already a member.")
    Project.objects.select_for_update().get(pk=project.pk)
    if invited_by is not None:
        # Invitations from other Projects count as well.
        User.objects.select_for_update(no_key=True).get(pk=invited_by.pk)
    _require_few(project, invited_by=invited_by)
    invited_addresses.hold(email)
    is_mailed = invited_addresses.may_be_mailed(project, email, now=now)
    if not is_mailed and (renewed := _renewed(project, email=email, role=role, by=by, now=now)) is not None:
        return renewed
    project.invitations.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
    if project.invitations.open(now=now).count() >= MOST_OPEN:
        raise MembershipError(f"{MOST_OPEN} invitations are open. Withdraw some first.")
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        project=project,
        email=email,
        role=role,
        token_hash=hashed(token),
        invited_by=invited_by,
        expires_at=now + timedelta(days=INVITATION_DAYS),
        mailed_at=now if is_mailed else None,
    )
    projects.record("member:invited", project, by=by, details={"member": email, "role": str(role)})
    return Invited(invitation, token, is_mailed)


def _renewed(project: Project, *, email: str, role: str, by: Actor, now: datetime) -> Invited | None:
    """Give the open invitation to an address another role; the link in its mail still works. None without one."""
    row = Invitation.objects.open(now=now).filter(project=project, email=email).first()
    if row is None:
        return None
    row.role = role
    row.save(update_fields=["role"])
    projects.record("member:invited", project, by=by, details={"member": email, "role": str(role)})
    return Invited(row, "", is_mailed=False)


def _require_few(project: Project, *, invited_by: User | None) -> None:
    if invited_by is not None:
        counting.spend(table.INVITATIONS, of=invited_by.pk)
    counting.spend(table.INVITATIONS_OF_PROJECT, of=project.pk)


@transaction.atomic
def revoke(invitation: Invitation, *, by: Actor, now: datetime | None = None) -> None:
    """Withdraw an invitation; its link stops working."""
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if taken.update(revoked_at=now or timezone.now()):
        projects.record("member:uninvited", invitation.project, by=by, details={"member": invitation.email})


def find(token: str, *, now: datetime | None = None) -> Invitation | None:
    """Return the open invitation for a link."""
    rows = Invitation.objects.open(now=now or timezone.now()).select_related("project", "invited_by")
    return rows.filter(token_hash=hashed(token)).first()


def joined_through(token: str, *, user: User) -> Membership | None:
    """Return the membership that somebody has from an invitation they accepted before."""
    accepted = Invitation.objects.filter(token_hash=hashed(token)).exclude(accepted_at=None)
    rows = Membership.objects.filter(user=user, project__in=accepted.values("project")).select_related("project")
    return rows.first()


def offered_to(user: User, *, now: datetime | None = None) -> list[Invitation]:
    """Return the open invitations to the addresses that a person has confirmed."""
    rows = Invitation.objects.open(now=now or timezone.now()).select_related("project", "invited_by")
    return list(rows.filter(email__in=confirmed_addresses(user)))


def confirmed_addresses(user: User) -> set[str]:
    """Return the confirmed addresses of a person, in lowercase."""
    rows = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {email.lower() for email in rows}


@transaction.atomic
def accept(invitation: Invitation, *, user: User, by: Actor, now: datetime | None = None) -> Membership:
    """Accept an invitation. Raises MembershipError when it is no longer open or for another address."""
    if invitation.email not in confirmed_addresses(user):
        raise MembershipError(f"This invitation is for {invitation.email}. Sign in with that address to accept it.")
    now = now or timezone.now()
    if not Invitation.objects.open(now=now).filter(pk=invitation.pk).update(accepted_at=now):
        raise MembershipError("This invitation is no longer open. Ask for a new one.")
    there = Membership.objects.filter(project=invitation.project, user=user).first()
    if there is not None:
        return there
    return projects.join(invitation.project, user, role=ProjectRole(invitation.role), by=by)


@transaction.atomic
def change_role(membership: Membership, *, role: str, by: Actor) -> None:
    """Change a member's role. Raises MembershipError for the only owner."""
    if role not in ProjectRole.values:
        raise MembershipError("Choose a role.")
    row = _locked(membership)
    if row.role == role:
        return
    member_abilities(row, by=by).change_role().require()
    before, row.role = row.role, role
    row.save(update_fields=["role"])
    details = {"member": row.user.email, "from": str(before), "role": str(role)}
    projects.record("member:role-changed", row.project, by=by, details=details)


@transaction.atomic
def remove(membership: Membership, *, by: Actor) -> None:
    """End a membership, by an owner or by the member. Raises MembershipError for the only owner."""
    row = _locked(membership)
    can = member_abilities(row, by=by)
    can.remove().require()
    name = "member:left" if can.is_own else "member:removed"
    projects.record(name, row.project, by=by, details={"member": row.user.email, "role": str(row.role)})
    row.delete()


@transaction.atomic
def hand_over(membership: Membership, *, to: Membership, by: Actor) -> None:
    """Make another member the owner; the previous owner becomes a developer."""
    own, other = _locked(membership), _locked(to)
    member_abilities(own, by=by).hand_over(other).require()
    other.role, own.role = ProjectRole.OWNER, ProjectRole.DEVELOPER
    other.save(update_fields=["role"])
    own.save(update_fields=["role"])
    details = {"member": other.user.email, "from": own.user.email}
    projects.record("project:handed-over", own.project, by=by, details=details)


def owned_by_nobody_else(people: Collection[User]) -> QuerySet[Project]:
    """Return the Projects of which every owner is one of these people: without them, they would have no owner."""
    owners = Membership.objects.filter(role=ProjectRole.OWNER)
    others = owners.exclude(user__in=people)
    owned = owners.filter(user__in=people).values("project")
    return Project.objects.filter(pk__in=owned).exclude(pk__in=others.values("project"))


def _locked(membership: Membership) -> Membership:
    """Return the current row, with its whole Project locked: two owners cannot leave at the same time."""
    Project.objects.select_for_update().get(pk=membership.project_id)
    row = Membership.objects.select_related("project", "user").filter(pk=membership.pk).first()
    if row is None:
        raise MembershipError("This person is no longer a member.")
    return row
