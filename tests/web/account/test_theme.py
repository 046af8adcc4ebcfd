"""Choosing the theme of the pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_kept_and_the_next_page_wears_it(client: Client, theme: str) -> None:
    answer = client.post(reverse("theme"), {"theme": theme, "next": "/accounts/login/"})

    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/"
    assert client.cookies["theme"].value == theme
    assert f'<html lang="en" data-bs-theme="{theme}">' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("theme", ["system", "", "<script>"])
def test_anything_else_goes_back_to_what_the_system_says(client: Client, theme: str) -> None:
    client.cookies["theme"] = "dark"

    client.post(reverse("theme"), {"theme": theme})

    assert client.cookies["theme"].value == ""
    assert '<html lang="en">' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_way_back_never_leaves_the_portal(client: Client, target: str) -> None:
    answer = client.post(reverse("theme"), {"theme": "dark", "next": target})

    assert answer["Location"] == "/"


def test_a_theme_is_not_chosen_by_following_a_link(client: Client) -> None:
    answer = client.get(reverse("theme"), {"theme": "dark"})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "theme" not in answer.cookies


@pytest.mark.parametrize(
    "target", ["inbox", "\ufffd", "https://elsewhere.example/", "//elsewhere.example", "javascript:x"]
)
def test_what_is_no_address_of_ours_leads_to_no_server_error(client: Client, target: str) -> None:
    answer = client.post(reverse("theme"), {"theme": "dark", "next": target})

    assert answer.status_code == 302
    assert not answer["Location"].startswith(("http", "//", "javascript"))


def test_a_cookie_with_an_unknown_theme_is_ignored(client: Client) -> None:
    client.cookies["theme"] = 'x" onload="y'

    assert '<html lang="en">' in client.get("/accounts/login/").content.decode()
