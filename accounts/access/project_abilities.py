"""What a member may do in a Project, and why not."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from accounts.ability import Ability
from accounts.access.permissions import may_in_project
from accounts.models import Membership


def project_ability(membership: Membership, action: str) -> Ability:
    """Return whether a member's role allows an action there; what is refused names the role."""
    if may_in_project(membership.role, action):
        return Ability()
    return Ability(PermissionDenied(f"Your role in {membership.project} is {membership.get_role_display().lower()}."))
