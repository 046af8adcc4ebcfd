"""Who may do what."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.access import permissions
from accounts.models import User
from accounts.roles import INCLUDED_SCOPES, PORTAL, PROJECT, ProjectRole, Role

pytestmark = pytest.mark.security


@pytest.mark.parametrize("action", PORTAL)
@pytest.mark.parametrize("role", ["", *Role])
def test_person_may_do_what_the_table_allows_the_role(role: str, action: str) -> None:
    user = User(email="a@example.com", role=role)

    assert permissions.may(user, action) == (role in PORTAL[action])


@pytest.mark.parametrize("action", PORTAL)
def test_nobody_signed_in_and_a_person_who_left_may_do_nothing(action: str) -> None:
    gone = User(email="a@example.com", role=Role.ADMIN, is_active=False)

    assert not permissions.may(AnonymousUser(), action)
    assert not permissions.may(gone, action)


@pytest.mark.django_db
@pytest.mark.parametrize("action", PORTAL)
def test_a_query_finds_those_who_may(action: str) -> None:
    for role in ("", *Role):
        for active in (True, False):
            User.objects.create(email=f"{role}-{active}@example.com", role=role, is_active=active)

    assert {*User.objects.filter(permissions.who_may(action))} == {
        u for u in User.objects.all() if permissions.may(u, action)
    }


def test_auditor_only_reads() -> None:
    allowed = {action for action in PORTAL if Role.AUDITOR in PORTAL[action]}

    assert allowed == {"review:read", "figures:read", "events:read"}


def test_unknown_action_is_an_error_and_not_a_no() -> None:
    with pytest.raises(KeyError):
        permissions.may(User(role=Role.ADMIN), "review:reed")
    with pytest.raises(KeyError):
        permissions.may_in_project(ProjectRole.OWNER, "connector:reed")


@pytest.mark.parametrize("action", PROJECT)
def test_who_is_no_member_may_do_nothing_in_a_project_and_the_owner_everything(action: str) -> None:
    assert not permissions.may_in_project(None, action)
    assert not permissions.may_in_project("", action)
    assert permissions.may_in_project(ProjectRole.OWNER, action)


def test_viewer_only_reads_connectors() -> None:
    assert {action for action in PROJECT if permissions.may_in_project(ProjectRole.VIEWER, action)} == {
        "connector:read"
    }


@pytest.mark.parametrize(
    ("scope", "included"),
    [
        ("manage_project", {"manage_project", "manage_connectors", "view_connectors"}),
        ("manage_connectors", {"manage_connectors", "view_connectors"}),
        ("view_connectors", {"view_connectors"}),
        ("manage_products", set()),
    ],
)
def test_scope_includes_those_after_it_in_its_own_project_only(scope: str, included: set[str]) -> None:
    held = frozenset({f"{scope}:acme"})

    assert {name for name in INCLUDED_SCOPES if permissions.grants(held, name, "acme")} == included
    assert not any(permissions.grants(held, name, "other") for name in INCLUDED_SCOPES)
