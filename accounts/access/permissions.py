"""Whether somebody may do something, by the table of roles.

Every view, verb and template flag asks here; nobody compares roles elsewhere.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User
from accounts.roles import INCLUDED_SCOPES, PORTAL, PROJECT


def may(user: User | AnonymousUser, action: str) -> bool:
    """Tell whether this person may do a portal action. An unknown action is a KeyError, not a no."""
    allowed = PORTAL[action]
    return user.is_authenticated and user.is_active and user.role in allowed


def who_may(action: str) -> Q:
    """Return the condition of the people who may do a portal action: the same for a query."""
    return Q(is_active=True, role__in=sorted(PORTAL[action]))


def may_in_project(role: str | None, action: str) -> bool:
    """Tell whether a member with this Project role (None: no member) may do an action there."""
    return role in PROJECT[action]


def grants(scopes: frozenset[str], name: str, project_key: str) -> bool:
    """Tell whether these scopes include `name:project_key`, directly or by a wider one."""
    return any(f"{wider}:{project_key}" in scopes for wider, names in INCLUDED_SCOPES.items() if name in names)
