"""People."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower

from accounts import naming
from accounts.roles import Role
from accounts.signals import superuser_created


class UserManager(BaseUserManager["User"]):
    """Creates people by their e-mail address, which is stored in lowercase."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person; without a password, only other sign-in methods work."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an operator with all permissions in the admin and the portal, who can sign in at once.

        Raises ValidationError, as `createsuperuser` expects, for an address that somebody confirmed as theirs.
        """
        fields = {"is_staff": True, "is_superuser": True, "role": Role.ADMIN, **fields}
        with transaction.atomic(using=self._db):
            user = self.create_user(email, password, **fields)
            superuser_created.send(sender=self.model, user=user)
        return user


def called(name: str, email: str) -> str:
    """Return the display name for this name and address; the name may be empty."""
    return name or email


class User(AbstractUser):
    """A person, identified by an e-mail address."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=256, blank=True, validators=[naming.validate])
    role = models.CharField("portal role", max_length=20, choices=Role.choices, blank=True, default="")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_is_unique")]

    def __str__(self) -> str:
        return called(self.name, self.email)

    def get_full_name(self) -> str:
        """Return the full name or the address."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the first word of the name, or the part of the address before the @."""
        return (self.name or self.email.partition("@")[0]).split(" ")[0]
