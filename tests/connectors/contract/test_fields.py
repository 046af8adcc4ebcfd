"""The rows of the fields: complete, and true of the models."""

from __future__ import annotations

import pytest
from django.core.exceptions import FieldDoesNotExist

from connectors.contract import fields
from connectors.contract.fields import Field, FieldFilter, Lists, Search
from connectors.contract.lookups import AnyBit, AnyItem
from connectors.models import Connector, ConnectorStaged
from tests import factory

NO_COLUMNS = {"pk", "comments", "already_listed", "has_changes", "certified"}
"""What a draft computes, or finds in other tables."""


def columns_of(model: type[Connector] | type[ConnectorStaged]) -> set[str]:
    return {column.attname for column in model._meta.concrete_fields}


def test_every_column_exists() -> None:
    assert {row.column for row in fields.ROWS} - NO_COLUMNS <= columns_of(ConnectorStaged)
    assert {row.column for row in fields.PUBLIC} - {"pk"} <= columns_of(Connector)


def test_every_column_that_both_have_is_in_a_row() -> None:
    ours = {"project_id", "document", "integration_mask"}

    assert columns_of(ConnectorStaged) & columns_of(Connector) - ours <= {row.column for row in fields.ROWS}


def test_no_two_rows_share_a_name_a_column_or_an_action() -> None:
    actions = [row.setter.action for row in fields.ROWS if row.setter]

    for names in ([row.wire for row in fields.ROWS], [row.column for row in fields.ROWS], actions):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("row", fields.TYPED, ids=lambda row: row.wire)
def test_what_people_type_has_a_label_and_fits_its_column(row: Field) -> None:
    assert row.label
    try:
        column = ConnectorStaged._meta.get_field(row.column)
    except FieldDoesNotExist:
        pytest.fail(f"{row.column} is no column")
    limit = getattr(column, "max_length", None)
    assert limit is None or row.accepted.json_schema()["maxLength"] <= limit


def test_a_row_that_nobody_types_makes_no_field_of_a_request() -> None:
    (version,) = [row for row in fields.ROWS if row.wire == "version"]

    with pytest.raises(TypeError, match="version"):
        version.request()


def test_columns_keep_an_empty_value_for_none() -> None:
    stored = fields.columns(factory.body(description=None, integrationTypes=None))

    assert (stored["description"], stored["integration_types"], stored["private_projects"]) == ("", [], [])
    assert (stored["key"], stored["creator_no_of_contributors"]) == (None, None)
    assert stored["integration_types"] is not stored["private_projects"]


def test_exchanged_rows_stand_in_each_others_place() -> None:
    rows = fields.ROWS[:3]

    assert [row.wire for row in fields.exchanged(rows, ("id", "key"))] == ["key", "version", "id"]
    assert tuple(fields.exchanged(rows)) == rows


def test_searches_read_their_fields() -> None:
    found = {search: [row.wire for row in fields.found_by(search)] for search in Search}

    assert found == {
        Search.TEXT: ["name", "description"],
        Search.CATALOG: ["key", "name", "description", "creator.company"],
        Search.DRAFTS: ["key", "name", "repository.url"],
        Search.ADMIN: ["key", "name", "creator.email", "creator.company", "repository.url"],
    }


def test_lists_are_narrowed_by_their_fields() -> None:
    found = {lists: [(row.wire, given.name, given.column) for row, given in fields.filters(lists)] for lists in Lists}

    types, of_pages = (
        ("integrationTypes", "integrationTypes", "integration_mask"),
        ("integrationTypes", "type", "integration_mask"),
    )
    assert found == {
        Lists.API_DRAFTS: [types, ("private", "isPrivate", "private")],
        Lists.API_CONNECTORS: [
            ("id", "id", "id"),
            ("key", "key", "key"),
            types,
            ("creator.company", "creator.company", "creator_company"),
            ("private", "private", "private"),
        ],
        Lists.CATALOG: [of_pages, ("supportedRegions", "region", "supported_regions")],
        Lists.DRAFTS: [of_pages],
        Lists.ADMIN: [of_pages],
    }


@pytest.mark.parametrize(
    ("row", "given"), [found for lists in Lists.PAGES for found in fields.filters(lists)], ids=lambda of: str(of)[:20]
)
def test_a_filter_of_a_page_has_a_label_and_choices(row: Field, given: FieldFilter) -> None:
    assert given.label
    assert row.choices
    assert isinstance(given.lookup, AnyBit | AnyItem)
