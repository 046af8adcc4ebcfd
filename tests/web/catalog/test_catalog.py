"""The public catalog."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import search
from tests import factory
from tests.web.facts import pairs

pytestmark = pytest.mark.django_db


def names(client: Client, **query: Any) -> list[str]:
    return [card.connector.name for card in client.get(reverse("catalog"), query).context["cards"]]


def counts(client: Client, name: str, **query: Any) -> dict[str, int | None]:
    """Return how many Connectors each choice of a filter would keep."""
    (menu,) = [menu for menu in client.get(reverse("catalog"), query).context["menus"] if menu.name == name]
    return {choice.value: choice.count for choice in menu.choices}


def test_only_certified_and_listed_connectors_are_shown(client: Client) -> None:
    factory.at("Published", name="Certified")
    factory.at("Published", name="Private", certification=False)
    factory.draft(name="Draft")
    unlisted = factory.at("Published", name="Unlisted")
    factory.act(unlisted, {"action": "unlist"})

    assert names(client) == ["Certified"]


def test_every_word_of_a_search_counts(client: Client) -> None:
    factory.at("Published", name="Acme payments", description="cards and wallets")
    factory.at("Published", name="Acme tax")

    assert names(client, q="acme WALLETS") == ["Acme payments"]
    assert names(client, q="%") == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("q", "x" * 257, "Search</a>: Ensure this value has at most 256 characters"),
        ("q", "a\0", "Search</a>: Null characters are not allowed."),
        ("order", "price", "Order</a>: Select a valid choice."),
        ("region", "moon", "Region</a>: Select a valid choice."),
        ("type", "moon", "type</a>: Select a valid choice."),
        ("type", "a\0", "type</a>: Select a valid choice."),
    ],
)
def test_what_a_filter_refuses_is_said(client: Client, name: str, value: str, problem: str) -> None:
    factory.at("Published", name="Certified")

    page = client.get(reverse("catalog"), {name: value})

    assert problem in page.content.decode()
    assert (page.context["cards"], page.context["page"].paginator.count) == ([], 0), "it lists nothing"


def test_filters_of_fields_count_what_the_others_leave(client: Client) -> None:
    factory.at("Published", name="A", integrationTypes=["psp", "tax"], supportedRegions=["europe-west1.gcp"])
    factory.at("Published", name="B", integrationTypes=["psp"], supportedRegions=["us-central1.gcp"])
    factory.at("Published", name="C", integrationTypes=["erp"], supportedRegions=[])

    answer = client.get(reverse("catalog"), {"type": ["psp"], "order": "name"})

    assert [card.connector.name for card in answer.context["cards"]] == ["A", "B"]
    assert [(menu.label, menu.chosen) for menu in answer.context["menus"]] == [
        ("Integration type", ["Payment"]),
        ("Region", []),
    ]
    assert counts(client, "type", type=["psp"]) == {"psp": 2, "tax": 1, "erp": 1}
    assert counts(client, "region", type=["psp"]) == {"europe-west1.gcp": 1, "us-central1.gcp": 1}
    assert names(client, region=["europe-west1.gcp"], order="name") == ["A", "C"]
    assert names(client, type=["psp", "erp"], region=["us-central1.gcp"], order="name") == ["B", "C"]


def test_a_connector_that_names_no_region_counts_for_each(client: Client) -> None:
    factory.at("Published", name="Anywhere", supportedRegions=[])
    factory.at("Published", name="Europe", supportedRegions=["europe-west1.gcp"])

    regions = counts(client, "region")

    assert regions == {region: 2 if region == "europe-west1.gcp" else 1 for region in settings.REGIONS}
    for region, number in regions.items():
        assert len(names(client, region=[region])) == number


def test_a_choice_that_is_chosen_stays_without_a_match(client: Client) -> None:
    factory.at("Published", integrationTypes=["psp"])

    assert counts(client, "type", type=["crm"]) == {"psp": 1, "crm": 0}


def test_a_connector_that_names_nothing_is_for_all_regions_and_of_no_type(client: Client) -> None:
    row = factory.at("Published", integrationTypes=[], supportedRegions=[])

    page = client.get(reverse("catalog_connector", args=[row.id])).content.decode()

    assert pairs(page)["Regions"] == "All regions"
    assert pairs(page)["Integration types"] == "None"


def test_a_long_search_looks_for_its_first_words_only(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    factory.at("Published", name="A B C D E F G H")
    text = " ".join(chr(code) for code in range(ord("a"), ord("z") + 1)) + " a" * 90

    with django_assert_max_num_queries(10) as queries:
        found = names(client, q=text)

    assert found == ["A B C D E F G H"]
    assert max(query["sql"].upper().count("LIKE") for query in queries) <= 4 * search.MOST


@pytest.mark.security
def test_the_numbers_of_all_filters_and_of_the_list_are_one_search(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    factory.at("Published", name="Acme payments", supportedRegions=["europe-west1.gcp"])

    with django_assert_max_num_queries(10) as queries:
        client.get(reverse("catalog"), {"q": "acme", "region": ["europe-west1.gcp"]})

    assert len([query for query in queries if "LIKE" in query["sql"].upper()]) == 2, "the numbers, and the page"


@pytest.mark.parametrize("query", [{"type": "nonsense"}, {"region": "mars"}, {"page": "-1"}, {"order": "x"}])
def test_nonsense_in_the_address_is_no_error(client: Client, query: dict[str, str]) -> None:
    assert client.get(reverse("catalog"), query).status_code == 200


def test_a_connector_answers_by_key_and_by_id(client: Client) -> None:
    row = factory.at("Published", name="Acme payments", key="acme-payments")

    by_key = client.get(reverse("catalog_connector", args=["acme-payments"]))
    by_id = client.get(reverse("catalog_connector", args=[row.id]))

    assert by_key.status_code == by_id.status_code == 200
    assert factory.COMMIT in by_key.content.decode()


def test_an_unlisted_one_still_answers_and_says_so(client: Client) -> None:
    row = factory.at("Published")
    factory.act(row, {"action": "unlist"})

    page = client.get(reverse("catalog_connector", args=[row.id])).content.decode()

    assert "This Connector is unlisted" in page


def test_a_private_one_is_found_by_its_own_members_only(client: Client) -> None:
    row = factory.at("Published", certification=False)
    address = reverse("catalog_connector", args=[row.id])

    nobody = client.get(address).status_code
    client.force_login(factory.stranger())
    stranger = client.get(address).status_code
    client.force_login(factory.owner())
    own = client.get(address).status_code

    assert (nobody, stranger, own) == (404, 404, 200)


@pytest.mark.parametrize("form", ["{{{0}}}", "urn:uuid:{0}", "{0.hex}"])
def test_an_id_in_another_form_is_not_found(client: Client, form: str) -> None:
    row = factory.at("Published")

    assert client.get(reverse("catalog_connector", args=[form.format(row.id)])).status_code == 404


@pytest.mark.parametrize("ref", ["nothing", str(uuid.UUID(int=7))])
def test_an_unknown_one_is_not_found(client: Client, ref: str) -> None:
    assert client.get(reverse("catalog_connector", args=[ref])).status_code == 404


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("/catalogue", "/catalog"),
        ("/catalogue?q=tax&type=psp&type=erp", "/catalog?q=tax&type=psp&type=erp"),
        ("/catalogue/acme-payments?utm=mail%20one", "/catalog/acme-payments?utm=mail%20one"),
        ("/catalogue/%2F%2Fevil.example", None),
        ("/catalogue/..%5Cevil.example", "/catalog/..%5Cevil.example"),
    ],
)
def test_an_address_in_a_mail_of_before_leads_to_the_page(client: Client, before: str, now: str | None) -> None:
    answer = client.get(before)

    assert (answer.status_code, answer.headers.get("Location")) == ((301, now) if now else (404, None))


@pytest.mark.parametrize("form", ["acme-payments", "{0}"])
def test_an_address_of_a_connector_of_before_shows_it(client: Client, form: str) -> None:
    row = factory.at("Published", key="acme-payments")

    page = client.get(f"/catalogue/{form.format(row.id)}", follow=True)

    assert page.redirect_chain == [(reverse("catalog_connector", args=[form.format(row.id)]), 301)]
    assert row.name in page.content.decode()


def test_an_address_of_before_takes_no_form(client: Client) -> None:
    assert client.post("/catalogue").status_code == 405
