"""The field `categories` of the recipe in docs/recipes.md. Runs in a copy that has it."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connectors.api import filters, schema
from connectors.choices import ConnectorStatus
from connectors.drafts import upgrade_impact
from connectors.errors import InvalidJsonInput, Problem
from connectors.models import ConnectorStaged
from connectors.store import search_index
from tests import factory
from tests.api import signed_in

pytestmark = pytest.mark.django_db

FRAUD = {"action": "setCategories", "categories": ["fraud"]}


def test_a_create_request_takes_it_and_the_representation_shows_it() -> None:
    row = factory.draft(categories=["checkout", "checkout"])

    assert json.loads(row.document)["categories"] == ["checkout"]
    assert json.loads(factory.draft().document)["categories"] == []


def test_its_action_sets_it_and_refuses_other_values() -> None:
    row = factory.act(factory.draft(), FRAUD)

    assert ConnectorStaged.objects.get(pk=row.pk).categories == ["fraud"]
    with pytest.raises(InvalidJsonInput) as caught:
        factory.act(row, {"action": "setCategories", "categories": ["toys"]})
    (problem,) = caught.value.problems
    assert problem == Problem("actions[0].categories[0]", "Expected one of checkout, fraud.")


def test_publishing_copies_it_and_a_new_value_is_a_change_that_is_safe() -> None:
    row = factory.act(factory.at(ConnectorStatus.PUBLISHED, categories=["checkout"]), FRAUD)

    production = json.loads(row.published.document)
    (impact,) = upgrade_impact.compare(row.published.content(), row.content())
    assert production["categories"] == ["checkout"]
    assert row.has_changes
    assert (impact.label, impact.place, impact.before, impact.after) == ("safe", "Categories", "checkout", "fraud")


def test_the_searches_find_it(client: Client) -> None:
    row = factory.at(ConnectorStatus.PUBLISHED, categories=["checkout"])

    assert "heckout" in row.published.words.split()
    assert search_index.condition("words", "checkout")[0]
    found = client.get(reverse("catalog"), {"q": "checkout"}).context["page"]
    assert [connector.pk for connector in found] == [row.pk]
    assert not client.get(reverse("catalog"), {"q": "fraud"}).context["page"].object_list


def test_the_lists_of_the_api_are_narrowed_by_it(client: Client) -> None:
    factory.at(ConnectorStatus.PUBLISHED, name="Fraud", categories=["fraud"])
    factory.at(ConnectorStatus.PUBLISHED, name="Checkout", categories=["checkout"])

    token = signed_in(factory.api_client()).token

    for path in ("/connectors/drafts", "/connectors/search"):
        found = client.get(path, {"categories": "fraud"}, headers={"Authorization": f"Bearer {token}"}).json()
        wrong = client.get(path, {"categories": "toys"}, headers={"Authorization": f"Bearer {token}"}).json()
        assert (found["total"], [row["name"] for row in found["results"]]) == (1, ["Fraud"])
        assert [error["code"] for error in wrong["errors"]] == ["InvalidQueryParam"]


def test_the_lists_of_pages_are_narrowed_by_it(client: Client) -> None:
    factory.at(ConnectorStatus.PUBLISHED, name="Both", categories=["fraud", "checkout"])
    factory.at(ConnectorStatus.PUBLISHED, name="Checkout", categories=["checkout"])

    page = client.get(reverse("catalog"), {"category": "fraud"})
    (menu,) = [menu for menu in page.context["menus"] if menu.name == "category"]
    client.force_login(factory.owner())
    drafts = client.get(reverse("drafts"), {"category": "fraud"})

    assert [card.connector.name for card in page.context["cards"]] == ["Both"]
    assert [(choice.label, choice.count) for choice in menu.choices] == [("Checkout", 2), ("Fraud prevention", 1)]
    assert [row.draft.name for row in drafts.context["rows"]] == ["Both"]
    assert "Category: Fraud prevention" in drafts.content.decode()


@pytest.mark.parametrize("page", ["draft", "catalog_connector"])
def test_the_pages_show_it_among_the_facts(client: Client, page: str) -> None:
    row = factory.at(ConnectorStatus.PUBLISHED, categories=["fraud", "checkout"])
    client.force_login(factory.owner())

    facts = client.get(reverse(page, args=[row.pk])).context["facts"]

    assert [fact.value for fact in facts if fact.label == "Categories"] == ["Fraud prevention, Checkout"]


def test_the_admin_shows_and_filters_it(client: Client) -> None:
    row = factory.at(ConnectorStatus.PUBLISHED, categories=["fraud"])
    client.force_login(User.objects.create_superuser("root@portal.example", "x"))

    for model in ("connectorstaged", "connector"):
        page = client.get(reverse(f"admin:connectors_{model}_change", args=[row.pk])).content.decode()
        assert "field-categories" in page
        for category, number in (("fraud", 1), ("checkout", 0)):
            rows = client.get(reverse(f"admin:connectors_{model}_changelist"), {"category": category})
            assert rows.context["cl"].result_count == number


def test_the_openapi_document_describes_it() -> None:
    assert "categories" in schema.ConnectorStaged().fields
    assert "categories" in schema.Connector().fields
    for query in (filters.StagedFilter, filters.ConnectorFilter):
        assert "categories" in [parameter.name for parameter in schema.filters_of(query)]
    assert schema.actions.REGISTRY["setCategories"].payload().fields["categories"].json_schema()["items"]["enum"] == [
        "checkout",
        "fraud",
    ]


def test_the_form_shows_it_and_saves_it(client: Client) -> None:
    client.force_login(factory.owner())
    row = factory.draft()
    form = client.get(reverse("draft_edit", args=[row.id])).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: "" if value is None else value for name, value in data.items()}

    page = client.get(reverse("draft_edit", args=[row.id])).content.decode()
    client.post(reverse("draft_edit", args=[row.id]), data | {"categories": ["fraud"]})

    assert "Fraud prevention" in page
    assert ConnectorStaged.objects.get(pk=row.pk).categories == ["fraud"]
