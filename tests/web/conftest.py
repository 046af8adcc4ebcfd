"""What the tests of the pages share: browsers without JavaScript, signed in as somebody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Membership, User
from accounts.roles import ProjectRole
from tests import factory
from tests.certification.conftest import reviewer, world

__all__ = ["reviewer", "world"]


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """Return a browser that is signed in as the person."""

    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def owner(signed_in: Callable[[User], Client]) -> Client:
    """The owner of the Project acme."""
    return signed_in(factory.owner())


@pytest.fixture
def stranger(signed_in: Callable[[User], Client]) -> Client:
    """The owner of another Project."""
    return signed_in(factory.stranger())


@pytest.fixture
def viewer(signed_in: Callable[[User], Client]) -> Client:
    """A member of acme who may only look."""
    person = factory.user("viewer@example.com", name="Vera Viewer")
    Membership.objects.create(project=factory.project(), user=person, role=ProjectRole.VIEWER)
    return signed_in(person)
