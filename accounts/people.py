"""People created by an operator, with a confirmed address: no mail server is needed to sign in."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import events, naming
from accounts.actors import Actor
from accounts.models import User
from accounts.roles import Role


class InvalidPerson(ValueError):
    """An address, a password or a name is not allowed; the message says why."""


@transaction.atomic
def create(email: str, *, password: str, by: Actor, name: str = "", role: Role | None = None) -> User:
    """Create a person who can sign in at once. Raises InvalidPerson, also for an address that is taken."""
    if not naming.is_address(email):
        raise InvalidPerson(f"{email} is not an e-mail address.")
    if name and (problem := naming.problem_of(name)):
        raise InvalidPerson(problem)
    if not password:
        raise InvalidPerson("The password is empty.")
    _check_password(password, User(email=email, name=name))
    if has_address(email):
        raise InvalidPerson(f"Somebody with the e-mail address {email.lower()} already exists.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name, role=role or "")
    except IntegrityError as error:
        raise InvalidPerson(f"Somebody with the e-mail address {email.lower()} already exists.") from error
    admit(user, by=by)
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidPerson(" ".join(error.messages)) from error


def admit(user: User, *, by: Actor) -> None:
    """Confirm the address of somebody whom an operator has just created."""
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
    """Mark the address that an operator set as confirmed and primary."""
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=user.email).update(primary=False)
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def has_address(email: str, *, but: User | None = None) -> bool:
    """Return whether an address is confirmed for somebody (else)."""
    rows = EmailAddress.objects.filter(email=email.strip().lower(), verified=True)
    found: bool = rows.exclude(user_id=but.pk if but else None).exists()
    return found
