"""What browsers and proxies may keep, and what browsers forget after signing out."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factory
from tests.api import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def test_answer_of_the_api_is_for_its_client_only() -> None:
    answer = signed_in(factory.api_client()).get("/connectors/drafts")

    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/", "/projects", "/no/such/page", "/connectors/drafts"])
def test_page_of_somebody_is_asked_for_again(client: Client, path: str) -> None:
    client.force_login(factory.owner())

    assert client.get(path).headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/email/", "/accounts/2fa/", "/oauth/token"])
def test_page_of_an_account_is_not_kept(client: Client, path: str) -> None:
    client.force_login(factory.owner())

    answer = client.post(path) if path == "/oauth/token" else client.get(path)

    assert "no-store" in answer.headers["Cache-Control"]


def test_browser_forgets_pages_after_signing_out_but_no_cookie(client: Client) -> None:
    client.force_login(factory.owner())

    answer = client.post("/accounts/logout/")

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_browser_forgets_pages_after_a_new_password_has_ended_the_session(client: Client) -> None:
    person = factory.owner()
    person.set_password("the-one-before-7")
    person.save()
    client.force_login(person)

    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": "the-one-before-7", "password1": "a-new-long-one-9", "password2": "a-new-long-one-9"},
    )

    assert answer.status_code == 302
    assert "Clear-Site-Data" in answer.headers


def test_nothing_is_forgotten_while_somebody_stays(client: Client) -> None:
    client.force_login(factory.owner())

    assert "Clear-Site-Data" not in client.get("/").headers
    assert "Clear-Site-Data" not in Client().get("/").headers
