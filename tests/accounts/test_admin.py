"""People whom an operator adds or changes in the admin."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from accounts.mail import outbox
from accounts.models import Event, Membership, User
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
    return root.post(reverse(ADD), {"email": email, "role": "reviewer"}).content.decode()


def choose_password(email: str) -> None:
    """Choose a password with the link in the queued mail, as its receiver does."""
    mail.outbox.clear()
    for row in DBTaskResult.objects.filter(task_path=outbox.deliver.module_path):
        outbox.deliver.call(*row.args_kwargs["args"])
    (sent,) = [one for one in mail.outbox if one.to == [email]]
    link = re.search(r"https?://\S+", str(sent.body))
    assert link
    person = Client()
    page = person.get(urlsplit(link.group()).path, follow=True)
    new = {"password1": factory.PASSWORD, "password2": factory.PASSWORD}
    person.post(page.redirect_chain[-1][0], new)


def changed(root: Client, user: User, email: str) -> str:
    """Change somebody's address and return the page that comes back, empty after a redirect."""
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
    place = reverse("admin:accounts_user_change", args=[user.pk])
    return root.post(place, {"email": email, "name": "", "role": "", "is_active": "on", **joined}).content.decode()


@pytest.mark.security
def test_somebody_who_was_added_signs_in_with_the_password_that_they_chose(root: Client) -> None:
    assert added(root, "Rita@Example.com") == ""
    assert not User.objects.get(email="rita@example.com").has_usable_password()

    choose_password("rita@example.com")

    assert factory.signs_in("rita@example.com")
    event = Event.objects.get(name="user:created", subject_label="rita@example.com")
    assert event.details == {"role": "reviewer"}


def test_somebody_whose_address_was_changed_signs_in_with_the_new_one(root: Client) -> None:
    added(root, "rita@example.com")
    choose_password("rita@example.com")
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


def place(what: str, row: Membership | User) -> str:
    """Return the address of a page of the admin."""
    return reverse(f"admin:accounts_{row._meta.model_name}_{what}", args=[row.pk])


def test_the_only_owner_is_neither_given_another_role_nor_ended_nor_deleted(root: Client) -> None:
    owner = factory.owner()
    row = Membership.objects.get(user=owner)
    said = "Olive Owner is the only owner of Acme. Make somebody else an owner first."

    changed = root.post(place("change", row), {"role": "viewer"}).content.decode()
    ended = root.post(place("delete", row), {"post": "yes"}, follow=True).content.decode()
    deleted = root.post(place("delete", owner), {"post": "yes"}, follow=True).content.decode()

    assert (said in changed, said in ended, "Acme would have no owner." in deleted) == (True, True, True)
    row.refresh_from_db()
    assert row.role == "owner"


def test_a_membership_is_added_changed_and_ended_by_its_verbs(root: Client) -> None:
    owner, other = factory.owner(), factory.user("other@example.com")
    project = factory.project()

    add = reverse("admin:accounts_membership_add")
    root.post(add, {"project": project.pk, "user": other.pk, "role": "owner"})
    row = Membership.objects.get(user=owner)
    root.post(place("change", row), {"role": "viewer"})
    row.refresh_from_db()
    assert row.role == "viewer"
    root.post(place("delete", row), {"post": "yes"})

    assert list(project.memberships.values_list("user", "role")) == [(other.pk, "owner")]
    names = Event.objects.filter(name__startswith="member:").order_by("pk").values_list("name", "actor_label")
    assert list(names) == [
        (name, "root@portal.example") for name in ("member:joined", "member:role-changed", "member:removed")
    ]


def test_somebody_who_owns_nothing_alone_is_deleted(root: Client) -> None:
    other = factory.user("other@example.com")

    root.post(place("delete", other), {"post": "yes"})

    assert not User.objects.filter(pk=other.pk).exists()
