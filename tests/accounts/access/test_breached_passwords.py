"""Breached passwords are refused wherever one is chosen."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.test import Client
from django.urls import reverse

from accounts.access import breached_passwords
from accounts.models import User
from tests import factory

pytestmark = pytest.mark.security

BREACHED = ["password123456", "Password123456", " 1q2w3e4r5t6y ", "LIVERPOOLFC"]
SAFE = [
    factory.PASSWORD,
    "password123456 password123456",
    "assword12345",
    "password12345\npassword123456",
    "",
    "ÿ" * 12,
]
SAID = "published data breaches"


def test_the_list_has_the_most_used_passwords() -> None:
    rows = gzip.decompress(breached_passwords.LIST.read_bytes()).decode().splitlines()

    assert len(rows) >= 100_000
    assert rows == sorted({row.strip().lower() for row in rows})


@pytest.mark.parametrize("password", BREACHED)
def test_a_breached_password_is_found_in_any_case(password: str) -> None:
    assert breached_passwords.is_breached(password)


@pytest.mark.parametrize("password", SAFE)
def test_only_a_whole_password_is_found(password: str) -> None:
    assert not breached_passwords.is_breached(password)


@pytest.fixture
def user(db: None) -> User:
    """Somebody with a confirmed address."""
    person = factory.owner()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def signed_up(password: str, user: User) -> Any:
    return Client().post(reverse("account_signup"), {"email": "new@example.com", "password1": password})


def changed(password: str, user: User) -> Any:
    browser = Client()
    browser.force_login(user)
    sent = {"oldpassword": factory.PASSWORD, "password1": password, "password2": password}
    return browser.post(reverse("account_change_password"), sent)


def first_set(password: str, user: User) -> Any:
    user.set_unusable_password()
    user.save()
    browser = Client()
    browser.force_login(user)
    return browser.post(reverse("account_set_password"), {"password1": password, "password2": password})


def reset(password: str, user: User) -> Any:
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, _, token = key.partition("-")
    browser = Client()
    page = browser.get(reverse("account_reset_password_from_key", args=[uid, token]))
    return browser.post(page["Location"], {"password1": password, "password2": password})


@pytest.mark.parametrize("choose", [signed_up, changed, first_set, reset])
def test_a_breached_password_is_refused_where_one_is_chosen(user: User, choose: Any) -> None:
    answer = choose("password123456", user)

    assert answer.status_code == 200
    assert SAID in answer.content.decode()
    assert not User.objects.filter(email="new@example.com").exists()


@pytest.mark.parametrize("page", ["account_signup", "account_change_password"])
def test_the_page_says_it_beforehand(user: User, page: str) -> None:
    browser = Client()
    if page != "account_signup":
        browser.force_login(user)

    assert SAID in browser.get(reverse(page)).content.decode()
