"""Check permissions by the table of roles.

Every view, verb and template flag uses these functions; no other code compares roles.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User
from accounts.roles import INCLUDED_SCOPES, PORTAL, PROJECT


def may(user: User | AnonymousUser, action: str) -> bool:
    """Return whether this person may do a portal action. An unknown action raises KeyError."""
    allowed = PORTAL[action]
    return user.is_authenticated and user.is_active and user.role in allowed


def who_may(action: str) -> Q:
    """Return the query condition for the people who may do a portal action."""
    return Q(is_active=True, role__in=sorted(PORTAL[action]))


def may_in_project(role: str | None, action: str) -> bool:
    """Return whether a member with this Project role (None: not a member) may do an action there."""
    return role in PROJECT[action]


def grants(scopes: frozenset[str], name: str, project_key: str) -> bool:
    """Return whether these scopes include `name:project_key`, directly or through a wider scope."""
    return any(f"{wider}:{project_key}" in scopes for wider, names in INCLUDED_SCOPES.items() if name in names)
