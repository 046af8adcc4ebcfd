"""What only a superuser may do in the admin: give rights, and change the accounts of those who have some."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User

RIGHTS = ("role", "is_staff", "is_superuser", "groups", "user_permissions")
"""The fields of a person that give rights in portal and admin."""

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = object


def has_rights(user: User) -> bool:
    """Return whether somebody has a portal role or any right in the admin, so that their account is worth taking."""
    return bool(
        user.role or user.is_staff or user.is_superuser or user.groups.exists() or user.user_permissions.exists()
    )


def is_superuser(request: HttpRequest) -> bool:
    """Return whether the operator is an active superuser."""
    return bool(request.user.is_active and request.user.is_superuser)


def may_change(request: HttpRequest, user: User) -> bool:
    """Return whether the operator may change somebody's account: only superusers, where it has rights."""
    return is_superuser(request) or not has_rights(user)


def protected(request: HttpRequest, people: Iterable[User]) -> list[str]:
    """Return a sentence for each of these people whose account the operator must not change."""
    return [f"Only a superuser can change the account of {one}." for one in people if not may_change(request, one)]


class ForSuperusers(_Admin):
    """An admin in which only superusers change anything, because what it holds gives rights."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator is a superuser."""
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the operator is a superuser."""
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the operator is a superuser."""
        return is_superuser(request)
