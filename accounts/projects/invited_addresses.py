"""Addresses that get mails of invitations: how many a day, and whose owner has refused them for good.

Only hashes are kept, of the mailbox: `me+shop@example.com` is delivered to `me@example.com`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from django.core import signing
from django.utils import timezone

from accounts.models import Invitation, InvitedAddress, Project

DAY = timedelta(days=1)
MOST_A_DAY = 5
"""Mails of invitations to one address in a day, from all Projects. Each Project sends one."""

SALT = "invitation mails"


def hashed(address: str) -> str:
    """Return the hash of the mailbox that mails to an address are delivered to."""
    local, _, domain = address.strip().lower().rpartition("@")
    return hashlib.sha256(f"{SALT}:{local.partition('+')[0]}@{_ascii(domain)}".encode()).hexdigest()


def _ascii(domain: str) -> str:
    """Return a domain as it is asked for, or as it was typed where it has no such form."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def hold(address: str) -> None:
    """Lock an address until the end of the transaction, so that two invitations count one after the other."""
    row, _ = InvitedAddress.objects.get_or_create(address_hash=hashed(address))
    InvitedAddress.objects.select_for_update().get(pk=row.pk)


def may_be_mailed(project: Project, address: str, *, now: datetime) -> bool:
    """Return whether an invitation to an address may be mailed now: one a day from a Project, `MOST_A_DAY` in all.

    Who refused mails counts like everybody else: the inviter must not learn of it.
    """
    start = address.rpartition("@")[0].partition("+")[0]
    mailed = Invitation.objects.filter(mailed_at__gt=now - DAY, email__istartswith=start)
    same = [of for email, of in mailed.values_list("email", "project_id") if hashed(email) == hashed(address)]
    return project.pk not in same and len(same) < MOST_A_DAY


def token(address: str) -> str:
    """Return the text in the link that refuses mails for an address. It holds no address, and does not expire."""
    return signing.Signer(salt=SALT).sign(hashed(address))


def read(text: str) -> str | None:
    """Return the hash in a link, None for one that is not ours."""
    try:
        return signing.Signer(salt=SALT).unsign(text)
    except signing.BadSignature:
        return None


def refuse(hashes: Collection[str], *, now: datetime | None = None) -> None:
    """Send no invitation to these addresses any more."""
    for one in hashes:
        row, _ = InvitedAddress.objects.get_or_create(address_hash=one)
        InvitedAddress.objects.filter(pk=row.pk, refused_at=None).update(refused_at=now or timezone.now())


def allow(hashes: Collection[str]) -> None:
    """Send invitations to these addresses again."""
    InvitedAddress.objects.filter(address_hash__in=hashes).update(refused_at=None)


def refused(hashes: Collection[str]) -> bool:
    """Return whether one of these addresses gets no invitation by mail."""
    return InvitedAddress.objects.filter(address_hash__in=hashes).exclude(refused_at=None).exists()
