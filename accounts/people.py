"""People that an operator makes, with an address that counts as confirmed: no mail server is needed to sign in."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts import events, naming
from accounts.actors import Actor
from accounts.models import User
from accounts.roles import Role


class InvalidPerson(ValueError):
    """An address, a password or a name that cannot be; the message says why."""


@transaction.atomic
def create(email: str, *, password: str, by: Actor, name: str = "", role: Role | None = None) -> User:
    """Make a person who can sign in at once. Raises InvalidPerson, also for an address that is taken."""
    if not naming.is_address(email):
        raise InvalidPerson(f"{email} is not an e-mail address.")
    if name and (problem := naming.problem_of(name)):
        raise InvalidPerson(problem)
    if not password:
        raise InvalidPerson("The password is empty.")
    if has_address(email):
        raise InvalidPerson(f"Somebody with the e-mail address {email.lower()} exists already.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name, role=role or "")
    except IntegrityError as error:
        raise InvalidPerson(f"Somebody with the e-mail address {email.lower()} exists already.") from error
    admit(user, by=by)
    return user


def admit(user: User, *, by: Actor) -> None:
    """Let somebody in whom an operator has just stored: their address counts as confirmed."""
    confirm(user)
    events.record(
        "user:created",
        by=by,
        subject_type="user",
        subject_id=user.pk,
        subject_label=user.email,
        details={"role": str(user.role)},
    )


def confirm(user: User) -> None:
    """Count the address that an operator gave somebody as confirmed, and as the one they are reached at."""
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=user.email).update(primary=False)
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def has_address(email: str, *, but: User | None = None) -> bool:
    """Tell whether an address is confirmed as that of somebody (else)."""
    rows = EmailAddress.objects.filter(email=email.strip().lower(), verified=True)
    found: bool = rows.exclude(user_id=but.pk if but else None).exists()
    return found
