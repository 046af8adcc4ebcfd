"""Lists narrowed by a field, in the API's statements and in querysets alike."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.choices import mask_of
from connectors.contract.lookups import AnyBit, AnyId, AnyItem, AnyOf, IsTrue, Lookup, OnlyTrue, SameText
from connectors.models import Connector, ConnectorStaged
from connectors.store import counts, narrowing
from connectors.store.narrowing import Items
from connectors.store.sql_conditions import Selection
from database import statements
from tests import factory

pytestmark = pytest.mark.django_db

EUROPE, AMERICA, ASIA = "europe-west1.gcp", "us-central1.gcp", "australia-southeast1.gcp"


@pytest.fixture(autouse=True)
def connectors() -> None:
    """Publish Connectors of different regions and types."""
    factory.at("Published", name="both", supportedRegions=[EUROPE, AMERICA], integrationTypes=["psp", "tax"])
    factory.at("Published", name="one", supportedRegions=[AMERICA], integrationTypes=["psp"])
    factory.at("Published", name="none", supportedRegions=[], integrationTypes=[])


def by_statement(lookup: Lookup, column: str, value: Any) -> list[str]:
    condition, values = narrowing.condition(lookup, column, value)
    where = f"WHERE {condition}" if condition else ""
    return [name for (name,) in statements.rows(f"SELECT name FROM connectors_connector {where} ORDER BY name", values)]


def by_queryset(lookup: Lookup, column: str, values: list[str]) -> list[str]:
    rows = narrowing.narrow(Connector.objects.order_by("name"), lookup, column, values)
    return [row.name for row in rows]


@pytest.mark.parametrize(
    ("lookup", "column", "values", "found"),
    [
        (AnyItem(), "supported_regions", [EUROPE], ["both"]),
        (AnyItem(), "supported_regions", [EUROPE, AMERICA], ["both", "one"]),
        (AnyItem(), "supported_regions", [ASIA], []),
        (AnyItem(), "supported_regions", ["europe"], []),
        (AnyItem(), "supported_regions", ["us_central1.gcp"], []),
        (AnyItem(none_is_any=True), "supported_regions", [EUROPE], ["both", "none"]),
        (AnyItem(none_is_any=True), "supported_regions", [ASIA, AMERICA], ["both", "none", "one"]),
        (AnyBit(mask_of), "integration_mask", ["tax"], ["both"]),
        (AnyBit(mask_of), "integration_mask", ["tax", "psp"], ["both", "one"]),
        (AnyBit(mask_of), "integration_mask", ["erp"], []),
    ],
)
def test_any_item_keeps_the_same_rows_in_both(lookup: Lookup, column: str, values: list[str], found: list[str]) -> None:
    assert by_statement(lookup, column, values) == found
    assert by_queryset(lookup, column, values) == found


@pytest.mark.parametrize(
    ("lookup", "column", "counted"),
    [
        (AnyItem(), "supported_regions", {EUROPE: 1, AMERICA: 2}),
        (AnyItem(none_is_any=True), "supported_regions", {EUROPE: 2, AMERICA: 3, ASIA: 1}),
        (AnyBit(mask_of), "integration_mask", {"psp": 2, "tax": 1}),
    ],
)
def test_items_are_counted_as_they_narrow(lookup: Lookup, column: str, counted: dict[str, int]) -> None:
    values = [EUROPE, AMERICA, ASIA] if column == "supported_regions" else ["psp", "tax", "erp"]

    total, (found,) = narrowing.count(Connector.objects.order_by(), [Items(lookup, column, [])], [values])

    assert total == 3

    assert {value: number for value, number in found.items() if number} == counted
    assert all(len(by_queryset(lookup, column, [value])) == found[value] for value in values)


def test_the_other_lookups_compare_one_value_or_several() -> None:
    first, second, _ = Connector.objects.order_by("name")

    assert by_statement(AnyOf(), "name", ["one", "both"]) == ["both", "one"]
    assert by_statement(AnyId(), "id", [first.pk, second.pk]) == [first.name, second.name]
    assert by_statement(SameText(), "name", "ONE") == ["one"]
    assert by_statement(IsTrue(), "private", False) == ["both", "none", "one"]
    assert by_statement(IsTrue(), "private", True) == by_statement(OnlyTrue(), "private", True) == []
    assert by_statement(OnlyTrue(), "private", False) == ["both", "none", "one"]


def test_a_lookup_without_items_offers_no_choices() -> None:
    with pytest.raises(TypeError):
        narrowing.narrow(Connector.objects.all(), SameText(), "name", ["one"])
    with pytest.raises(TypeError):
        narrowing.count(Connector.objects.order_by(), [Items(IsTrue(), "private", [])], [["true"]])
    with pytest.raises(TypeError):
        narrowing.condition(Lookup(), "name", "one")


def test_drafts_are_counted_where_the_tally_lacks_the_column() -> None:
    project = ConnectorStaged.objects.earliest("created_at").project_id
    condition, values = narrowing.condition(AnyItem(), "supported_regions", [AMERICA])

    rows = Selection().where("project_id = %s", project)
    narrowed = rows.where(condition, *values, tallied=False).where("private = %s", False)

    assert counts.of_drafts(rows) == 3
    assert counts.of_drafts(narrowed) == 2
