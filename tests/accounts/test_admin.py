"""People whom an operator adds or changes in the admin."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import Event, User
from tests import factory

pytestmark = pytest.mark.django_db

ADD = "admin:accounts_user_add"


@pytest.fixture
def root(client: Client) -> Client:
    """Return a browser in which a superuser is signed in."""
    client.force_login(User.objects.create_superuser("root@portal.example", "x"))
    return client


def added(root: Client, email: str) -> str:
    """Add somebody and return the page that comes back, empty after a redirect."""
    typed = {"email": email, "role": "reviewer", "password1": factory.PASSWORD, "password2": factory.PASSWORD}
    return root.post(reverse(ADD), {**typed, "usable_password": "true"}).content.decode()


def changed(root: Client, user: User, email: str) -> str:
    """Change somebody's address and return the page that comes back, empty after a redirect."""
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
    place = reverse("admin:accounts_user_change", args=[user.pk])
    return root.post(place, {"email": email, "name": "", "role": "", "is_active": "on", **joined}).content.decode()


def test_somebody_who_was_added_signs_in_without_a_mail_server(root: Client) -> None:
    assert added(root, "Rita@Example.com") == ""

    assert factory.signs_in("rita@example.com")
    event = Event.objects.get(name="user:created", subject_label="rita@example.com")
    assert event.details == {"role": "reviewer"}


def test_somebody_whose_address_was_changed_signs_in_with_the_new_one(root: Client) -> None:
    added(root, "rita@example.com")
    user = User.objects.get(email="rita@example.com")

    assert changed(root, user, "rita@portal.example") == ""

    assert factory.signs_in("rita@portal.example")
    assert EmailAddress.objects.get_primary(user).email == "rita@portal.example"


def test_an_address_that_somebody_confirmed_as_theirs_is_refused(root: Client) -> None:
    other = factory.user("other@example.com")
    EmailAddress.objects.create(user=other, email="second@example.com", verified=True)
    added(root, "rita@example.com")
    rita = User.objects.get(email="rita@example.com")

    assert "Somebody else has this e-mail address" in added(root, "Second@example.com")
    assert "Somebody else has this e-mail address" in changed(root, rita, "second@example.com")
    assert changed(root, other, "other@example.com") == ""
