"""The operators' lists and pages of drafts and production Connectors, made from the rows of the fields."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connectors.contract import fields
from tests import factory

pytestmark = pytest.mark.django_db

LISTS = ["admin:connectors_connectorstaged_changelist", "admin:connectors_connector_changelist"]


@pytest.fixture
def root(client: Client) -> Client:
    """Return a browser in which a superuser is signed in."""
    client.force_login(User.objects.create_superuser("root@portal.example", "x"))
    return client


def names(root: Client, page: str, **query: str) -> list[str]:
    return sorted(row.name for row in root.get(reverse(page), query).context["cl"].result_list)


@pytest.mark.parametrize("model", ["connectorstaged", "connector"])
def test_a_page_shows_what_people_typed_in_sections_and_no_copy_of_it(root: Client, model: str) -> None:
    row = factory.at("Published", key="acme-payments", supportedRegions=["europe-west1.gcp"])

    page = root.get(reverse(f"admin:connectors_{model}_change", args=[row.pk])).content.decode()

    shown = set(re.findall(r"field-(\w+)", page))
    assert {field.column for field in fields.TYPED} | {"private", "version", "configurations_text"} <= shown
    assert shown.isdisjoint({"document", "integration_mask", *fields.DERIVED})
    assert [found.strip() for found in re.findall(r"<h2[^>]*>([^<]+)</h2>", page)][1:5] == [
        "Repository",
        "About",
        "Creator",
        "Access",
    ]


@pytest.mark.parametrize("page", LISTS)
def test_lists_are_narrowed_by_the_choices_of_a_field(root: Client, page: str) -> None:
    factory.at("Published", name="Both", integrationTypes=["psp", "tax"])
    factory.at("Published", name="None", integrationTypes=[])

    assert names(root, page, integration_type="tax") == ["Both"]
    assert names(root, page, integration_type="erp") == []
    assert names(root, page, integration_type="unknown") == ["Both", "None"]


@pytest.mark.parametrize("page", LISTS)
@pytest.mark.parametrize("text", ["acme-pay", "Cards", "ops@acme", "Acme Inc", "shop/checkout"])
def test_lists_are_searched_by_the_fields_that_say_so(root: Client, page: str, text: str) -> None:
    factory.at(
        "Published",
        name="Cards",
        key="acme-pay",
        creator={"email": "ops@acme.example", "company": "Acme Inc"},
        repository={"url": "https://github.com/shop/checkout.git", "tag": "1.0.0"},
    )
    factory.at("Published", name="Another")

    assert names(root, page, q=text) == ["Cards"]
