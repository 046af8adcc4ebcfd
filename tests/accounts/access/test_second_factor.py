"""Two-factor authentication for reviewers and admins, and one answer for known and unknown addresses."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from tests import factory
from tests.second_factors import connect_app
from tests.worker import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.security]


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    """Require two-factor authentication, as in production."""
    settings.REQUIRE_MFA = True


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("path", ["/queue", "/drafts", "/admin/", "/catalog", "/inbox"])
def test_somebody_with_a_portal_role_sets_a_second_factor_up_first(role: str, path: str) -> None:
    client = entered(factory.user(f"{role}@example.com", role=role))

    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"] == reverse("mfa_index")


def test_staff_without_a_portal_role_needs_one_too() -> None:
    client = entered(User.objects.create_user("staff@example.com", "x", is_staff=True))

    assert client.get("/admin/")["Location"] == reverse("mfa_index")


def test_a_developer_may_have_one_but_needs_none() -> None:
    assert entered(factory.owner()).get("/drafts").status_code == 200


def test_with_a_second_factor_the_pages_open() -> None:
    user = factory.reviewer()
    connect_app(user)

    assert entered(user).get("/queue").status_code == 200


def test_recovery_codes_alone_are_no_second_factor() -> None:
    user = factory.reviewer()
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": "x", "used_mask": 0})

    assert entered(user).get("/queue").status_code == 302


def test_the_pages_to_set_it_up_and_to_sign_out_stay_open() -> None:
    client = entered(factory.reviewer())

    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("mfa_index")).status_code == 200


def test_the_installation_may_lift_it(settings: Any) -> None:
    settings.REQUIRE_MFA = False

    assert entered(factory.reviewer()).get("/queue").status_code == 200


def test_the_admin_has_no_login_page_of_its_own(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_password_alone_does_not_open_the_admins_login(client: Client) -> None:
    user = User.objects.create_superuser("admin@example.com", factory.PASSWORD)
    connect_app(user)

    client.post("/admin/login/", {"username": user.email, "password": factory.PASSWORD})
    answer = client.post("/accounts/login/", {"login": user.email, "password": factory.PASSWORD})

    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session


def test_the_last_second_factor_of_a_reviewer_stays() -> None:
    reviewer, owner = factory.reviewer(), factory.owner()
    for user in (reviewer, owner):
        connect_app(user)

    kept, free = Authenticator.objects.get(user=reviewer), Authenticator.objects.get(user=owner)
    assert not get_adapter().can_delete_authenticator(kept)
    assert get_adapter().can_delete_authenticator(free)


def test_the_secret_of_an_authenticator_app_is_stored_encrypted() -> None:
    user = factory.reviewer()

    secret = connect_app(user)

    stored = Authenticator.objects.get(user=user)
    assert secret not in str(stored.data)
    assert get_adapter().decrypt(stored.data["secret"]) == secret


class CountingHasher(PBKDF2PasswordHasher):
    """Counts how often a password is hashed: that is what takes the time."""

    algorithm = "counting"
    iterations = 1
    hashed = 0

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        CountingHasher.hashed += 1
        return super().encode(password, salt, iterations)


@pytest.fixture
def hashes(settings: Any) -> Any:
    """Count the hashes of a request."""
    settings.PASSWORD_HASHERS = ["tests.accounts.access.test_second_factor.CountingHasher"]
    user = User.objects.create_user("known@example.com", "correct horse battery")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    def count(path: str, data: dict[str, str]) -> tuple[int, int, str]:
        CountingHasher.hashed = 0
        mail.outbox.clear()
        answer = Client().post(path, data)
        hashed = CountingHasher.hashed
        work_off()
        return hashed, len(mail.outbox), f"{answer.status_code} {answer.get('Location')}"

    return count


def test_signing_up_with_a_known_address_looks_and_costs_the_same(hashes: Any) -> None:
    password = {"password1": "another long password"}

    known = hashes("/accounts/signup/", {"email": "known@example.com", **password})
    unknown = hashes("/accounts/signup/", {"email": "unknown@example.com", **password})

    assert known == unknown
    assert known[:2] == (1, 1)


def test_signing_in_with_an_unknown_address_looks_and_costs_the_same(hashes: Any) -> None:
    known = hashes("/accounts/login/", {"login": "known@example.com", "password": "wrong"})
    unknown = hashes("/accounts/login/", {"login": "unknown@example.com", "password": "wrong"})

    assert known == unknown
    assert known[0] == 1


def test_resetting_the_password_of_an_unknown_address_looks_the_same(hashes: Any) -> None:
    known = hashes("/accounts/password/reset/", {"email": "known@example.com"})
    unknown = hashes("/accounts/password/reset/", {"email": "unknown@example.com"})

    assert known == unknown
    assert known[1] == 1


def test_guessing_passwords_is_slowed_down(client: Client) -> None:
    user = factory.owner()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for _ in range(6):
        client.post("/accounts/login/", {"login": user.email, "password": "wrong"})

    answer = client.post("/accounts/login/", {"login": user.email, "password": factory.PASSWORD})

    assert answer.status_code != 302
    assert "_auth_user_id" not in client.session
