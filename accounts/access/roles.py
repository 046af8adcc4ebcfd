"""Who may do what, in one table.

A person has at most one portal role; a developer's rights come from memberships of Projects. An API client has
scopes. Every view, verb and template flag asks `may(user, action)`; nobody compares roles elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Role(models.TextChoices):
    """The roles of the people who run certification."""

    REVIEWER = "reviewer", "Reviewer"
    LEAD_REVIEWER = "lead-reviewer", "Lead reviewer"
    SECURITY_REVIEWER = "security-reviewer", "Security reviewer"
    AUDITOR = "auditor", "Auditor"
    ADMIN = "admin", "Admin"


class ProjectRole(models.TextChoices):
    """What a member may do in a Project."""

    OWNER = "owner", "Owner"
    DEVELOPER = "developer", "Developer"
    VIEWER = "viewer", "Viewer"


REVIEWERS = frozenset({Role.REVIEWER, Role.LEAD_REVIEWER, Role.SECURITY_REVIEWER, Role.ADMIN})
EVERYBODY = REVIEWERS | {Role.AUDITOR}
LEADS = frozenset({Role.LEAD_REVIEWER, Role.ADMIN})

PORTAL: dict[str, frozenset[Role]] = {
    "review:read": EVERYBODY,
    "review:claim": REVIEWERS,
    "review:comment": REVIEWERS,
    "review:decide": REVIEWERS,
    "review:assign": LEADS,
    "review:rerun": REVIEWERS,
    "review:reveal-credentials": REVIEWERS,
    "waiver:propose": REVIEWERS,
    "waiver:approve": frozenset({Role.LEAD_REVIEWER, Role.SECURITY_REVIEWER, Role.ADMIN}),
    "escalation:lead": LEADS,
    "escalation:security": LEADS | {Role.SECURITY_REVIEWER},
    "events:read": frozenset({Role.LEAD_REVIEWER, Role.AUDITOR, Role.ADMIN}),
    "figures:read": EVERYBODY,
    "operations:read": frozenset({Role.ADMIN}),
}

PROJECT: dict[str, frozenset[ProjectRole]] = {
    "connector:read": frozenset(ProjectRole),
    "connector:write": frozenset({ProjectRole.OWNER, ProjectRole.DEVELOPER}),
    "client:read": frozenset({ProjectRole.OWNER, ProjectRole.DEVELOPER}),
    "client:write": frozenset({ProjectRole.OWNER}),
    "webhook:write": frozenset({ProjectRole.OWNER, ProjectRole.DEVELOPER}),
    "member:write": frozenset({ProjectRole.OWNER}),
    "project:write": frozenset({ProjectRole.OWNER}),
}

INCLUDED_SCOPES: dict[str, tuple[str, ...]] = {
    "manage_project": ("manage_project", "manage_connectors", "view_connectors"),
    "manage_connectors": ("manage_connectors", "view_connectors"),
    "view_connectors": ("view_connectors",),
}
"""Each scope name with those it includes (contract/semantics: each includes the one after it)."""


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
