"""The table of permissions: who may do what. `access.permissions` reads it.

A person has at most one portal role; a developer's rights come from memberships of Projects. An API client has
scopes.
"""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """The roles of people who run certifications."""

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
    "approval-rule:weaken": frozenset({Role.LEAD_REVIEWER}),
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
"""Each scope with those that it includes (contract/semantics: each includes the next one)."""
