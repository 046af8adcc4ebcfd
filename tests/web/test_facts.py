"""The pairs that pages make of the rows of the fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from connectors.contract import fields
from connectors.contract.fields import Page
from tests import factory
from tests.web.facts import pairs
from web import facts
from web.facts import Fact, FactKind

pytestmark = pytest.mark.django_db


def drawn(*shown: Fact) -> str:
    return render_to_string("_components/facts.html", {"facts": shown})


def test_a_page_lists_the_fields_that_have_no_place_of_their_own() -> None:
    found = {page: [row.wire for row in fields.facts(page)] for page in (Page.DRAFT, Page.CONNECTOR)}

    assert found == {
        Page.DRAFT: ["key", "integrationTypes", "creator.supportUrl", "supportedRegions", "documentationUrl"],
        Page.CONNECTOR: ["key", "integrationTypes", "creator.supportUrl", "supportedRegions"],
    }


def test_a_field_says_its_value_in_the_words_of_its_row() -> None:
    row = factory.draft(
        key="acme-payments",
        integrationTypes=["psp", "tax"],
        supportedRegions=["europe-west1.gcp"],
        documentationUrl="https://acme.example/docs",
    )

    found = {fact.label: fact for fact in facts.of_fields(row, Page.DRAFT)}

    assert found["Key"] == Fact("Key", "acme-payments", kind=FactKind.CODE)
    assert found["Integration types"] == Fact("Integration types", "Payment, Tax")
    assert found["Regions"] == Fact("Regions", "europe-west1.gcp", none="All regions")
    assert found["Documentation"] == Fact("Documentation", row.documentation_url, url=row.documentation_url)


@pytest.mark.parametrize(("empty", "none"), [("", "None"), (None, "None"), ("", "All regions")])
def test_a_fact_without_a_value_says_so(empty: Any, none: str) -> None:
    for kind in FactKind:
        assert pairs(drawn(Fact("Key", empty, kind=kind, none=none))) == {"Key": none}


def test_zero_is_a_value() -> None:
    assert pairs(drawn(Fact("Attempts", 0))) == {"Attempts": "0"}


def test_code_and_hashes_are_copied_whole_and_links_lead_away() -> None:
    page = drawn(
        Fact("Key", "<b>", kind=FactKind.CODE),
        Fact("Commit", "c" * 40, kind=FactKind.HASH),
        Fact("Support", "x", url="https://x.example"),
    )

    assert pairs(page) == {"Key": "&lt;b&gt;", "Commit": "c" * 10, "Support": "x"}
    assert f'title="{"c" * 40}"' in page
    assert f'data-copy="{"c" * 40}"' in page
    assert '<a href="https://x.example" rel="noopener noreferrer nofollow">x</a>' in page


def test_a_repository_whose_host_is_not_allowed_any_more_is_no_link(settings: Any) -> None:
    row = factory.draft()
    allowed = facts.repository(row)
    settings.GIT_HOSTS = ["git.example"]

    assert allowed == Fact("Repository", row.repository_url, url=allowed.url)
    assert allowed.url.startswith("https://github.com/")
    assert facts.repository(row) == Fact("Repository", row.repository_url)


@pytest.mark.parametrize(
    ("change", "said"),
    [({}, "Your Project only"), ({"privateProjects": ["europe-west1.gcp:other"]}, "europe-west1.gcp:other")],
)
def test_the_page_of_a_draft_says_who_can_see_it(client: Client, change: dict[str, Any], said: str) -> None:
    client.force_login(factory.owner())
    row = factory.draft(**change)

    found = pairs(client.get(reverse("draft", args=[row.id])).content.decode())

    assert (found["Visible to"], found["ID"], found["Version"]) == (said, str(row.id), "1")


def test_the_page_of_a_public_draft_says_that_everyone_sees_it(client: Client) -> None:
    client.force_login(factory.owner())
    row = factory.at("Published")

    found = pairs(client.get(reverse("draft", args=[row.id])).content.decode())

    assert found["Visible to"] == "Everyone"
