"""NUL characters in paths, parameters, fields and cookies."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factory

pytestmark = [pytest.mark.django_db, pytest.mark.security]


@pytest.fixture
def owner(client: Client) -> Client:
    """The owner's browser."""
    client.force_login(factory.owner())
    return client


@pytest.mark.parametrize("path", ["/catalog/%00", "/projects/a%00b", "/invitations/%00", "/catalog/a%00b?q=%00"])
def test_an_address_with_one_leads_nowhere(owner: Client, path: str) -> None:
    assert owner.get(path).status_code == 404


@pytest.mark.parametrize(("path", "field"), [("/inbox/read", "until"), ("/profile", "name"), ("/new-project", "key")])
def test_a_field_with_one_is_refused_by_name(owner: Client, path: str, field: str) -> None:
    answer = owner.post(path, {field: "a\0b"})

    assert answer.status_code == 400
    assert f"The field “{field}” contains a NUL character" in answer.content.decode()


@pytest.mark.parametrize("query", ["name=%00", "%00name=1", "name=a&name=b%00", "page=1&name=%00"])
def test_a_parameter_with_one_is_refused_by_name(owner: Client, query: str) -> None:
    answer = owner.get(f"/profile?{query}")

    assert answer.status_code == 400
    assert "“name”" in answer.content.decode()


def test_a_part_of_a_page_gets_the_sentence_alone(owner: Client) -> None:
    answer = owner.post("/profile", {"name": "\0"}, headers={"HX-Request": "true"})

    assert answer.status_code == 400
    assert answer.content.decode().lstrip().startswith('<span class="cc-error">')


def test_a_program_gets_the_envelope(owner: Client) -> None:
    answer = owner.get("/profile?q=%00", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 400
    assert "“q”" in answer.json()["errors"][0]["message"]


def test_a_form_that_checks_its_fields_says_it_beside_the_field(owner: Client) -> None:
    answer = owner.post("/drafts/new", {"name": "a\0b"})

    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "theme"])
def test_a_cookie_with_one_does_not_count(name: str) -> None:
    answer = Client(headers={"Cookie": f'{name}="\\000aaaaaaaaaaaaaaa"'}).get("/projects")

    assert answer.status_code == 302
