"""Only superusers give rights in the admin; nobody sets a password there or takes an account with rights over."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django_tasks_db.models import DBTaskResult

from accounts.mail import outbox
from accounts.models import Event, User
from accounts.roles import Role
from tests import factory

pytestmark = [pytest.mark.django_db, pytest.mark.security]

RIGHTS = {
    "role": "lead-reviewer",
    "is_staff": "on",
    "is_superuser": "on",
}


@pytest.fixture
def operator(client: Client) -> Client:
    """Return a browser in which somebody is signed in who has every permission of the admin, but is no superuser."""
    user = User.objects.create_user("operator@portal.example", "x", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    return client


def change(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def typed(**more: object) -> dict[str, object]:
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
    return {"email": "new@example.com", "name": "New", "is_active": "on", **joined, **more}


def rights(user: User) -> tuple[object, ...]:
    user.refresh_from_db()
    return user.role, user.is_staff, user.is_superuser, user.groups.count(), user.user_permissions.count()


def test_no_operator_gives_rights_by_any_form(operator: Client) -> None:
    user, may = factory.user("other@example.com"), Permission.objects.all()[:2]
    group = Group.objects.create(name="Desk")
    given = {**RIGHTS, "groups": [group.pk], "user_permissions": [one.pk for one in may]}

    operator.post(change(user), typed(**given))
    operator.post(reverse("admin:accounts_user_add"), {"email": "third@example.com", "name": "Third", **given})
    operator.post(reverse("admin:auth_group_add"), {"name": "More", "permissions": [may[0].pk]})
    operator.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "D", "permissions": [may[0].pk]})
    operator.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})

    assert rights(user) == ("", False, False, 0, 0)
    assert user.name == "New"
    assert rights(User.objects.get(email="third@example.com")) == ("", False, False, 0, 0)
    assert list(Group.objects.values_list("name", flat=True)) == ["Desk"]
    assert not group.permissions.exists()


def test_a_superuser_does(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@portal.example", "x"))
    user, group = factory.user("other@example.com"), Group.objects.create(name="Desk")

    client.post(change(user), typed(role="reviewer", is_staff="on", groups=[group.pk]))

    assert rights(user) == ("reviewer", True, False, 1, 0)


@pytest.mark.parametrize(
    "fields", [{"role": Role.REVIEWER}, {"is_staff": True}, {"is_superuser": True}], ids=lambda given: next(iter(given))
)
def test_no_operator_takes_over_an_account_with_rights(operator: Client, fields: dict[str, object]) -> None:
    user = User.objects.create_user("rita@portal.example", factory.PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    factor = Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    bulk = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}

    operator.post(change(user), typed(email="mine@example.com"))
    operator.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"})
    operator.post(reverse("admin:accounts_user_changelist"), bulk)
    operator.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    operator.post(reverse("admin:mfa_authenticator_changelist"), {**bulk, "_selected_action": [factor.pk]})
    for table in ("account_emailaddress", "socialaccount_socialaccount"):
        answer = operator.post(reverse(f"admin:{table}_add"), {"user": user.pk, "email": "mine@example.com"})
        assert answer.status_code == 403
    operator.post(
        reverse("admin:account_emailaddress_changelist"), {**bulk, "action": "make_verified", "_selected_action": [1]}
    )

    user.refresh_from_db()
    assert user.email == "rita@portal.example"
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["rita@portal.example"]


def test_nobody_sets_a_password_of_somebody_else(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@portal.example", "x"))
    user = factory.user("other@example.com")
    before = user.password
    new = {"password1": "a-new-passphrase", "password2": "a-new-passphrase", "usable_password": "true"}

    client.post(change(user), typed(email=user.email, password="a-new-passphrase", **new))
    answer = client.post(f"{change(user)}../password/", new)

    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_user_password_change", args=[user.pk])
    user.refresh_from_db()
    assert answer.status_code in {302, 404}
    assert user.password == before
    assert "password" not in client.get(change(user)).context["adminform"].form.fields


def test_a_button_sends_a_link_by_the_queue_and_leaves_an_event(operator: Client) -> None:
    user = factory.user("other@example.com")
    button = reverse("admin:accounts_user_send_password_link", args=[user.pk])
    assert button in operator.get(change(user)).content.decode()

    assert operator.get(button).status_code == 405
    operator.post(button)

    assert DBTaskResult.objects.filter(task_path=outbox.deliver.module_path).count() == 1
    event = Event.objects.get(name="user:password-link-sent")
    assert (event.subject_label, event.actor_label) == ("other@example.com", "operator@portal.example")


def test_no_operator_sends_a_link_to_somebody_with_rights(operator: Client) -> None:
    rita = User.objects.create_user("rita@portal.example", "x", role=Role.REVIEWER)

    answer = operator.post(reverse("admin:accounts_user_send_password_link", args=[rita.pk]))

    assert answer.status_code == 403
    assert not DBTaskResult.objects.exists()
