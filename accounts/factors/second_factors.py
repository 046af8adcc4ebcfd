"""Second factors: who has one, and what needs one.

Programs prove themselves with their token; only people on the pages are asked.
"""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings

from accounts.ability import Ability
from accounts.actors import Actor, ActorKind
from accounts.models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts as a second factor; recovery codes only replace a lost one."""


class NoSecondFactor(ValueError):
    """Somebody who has no second factor wants what needs one; the message is for the person."""


def has_one(user: User | str, *, but: Authenticator | None = None) -> bool:
    """Return whether somebody (or who has this id) has a second factor, not counting `but`."""
    rows = Authenticator.objects.filter(user=user, type__in=FACTORS)
    found: bool = (rows.exclude(pk=but.pk) if but is not None else rows).exists()
    return found


def submitting(by: Actor) -> Ability:
    """Return whether somebody may submit to reviewers and make credentials, as far as second factors decide it.

    `REQUIRE_MFA_TO_SUBMIT` asks people for one. API clients and the portal itself need none, and cost no statement.
    """
    if by.kind != ActorKind.USER or not settings.REQUIRE_MFA_TO_SUBMIT or has_one(by.id):
        return Ability()
    return Ability(NoSecondFactor("Set up two-factor authentication for your account first."))
