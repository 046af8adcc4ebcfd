"""What the role of a member allows, in the words that pages show."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.access.project_abilities import project_ability
from accounts.models import Membership, Project

pytestmark = pytest.mark.security


def member(role: str) -> Membership:
    return Membership(project=Project(key="acme", name="Acme"), role=role)


def test_a_role_allows_what_its_table_says() -> None:
    assert project_ability(member("owner"), "member:write").possible
    assert project_ability(member("developer"), "webhook:write").possible


def test_a_refusal_names_the_role() -> None:
    able = project_ability(member("developer"), "member:write")

    assert isinstance(able.refusal, PermissionDenied)
    assert able.why_not == "Your role in Acme is developer."


def test_an_action_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        project_ability(member("owner"), "project:paint")
