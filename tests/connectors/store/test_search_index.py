"""Words that a search finds a Connector by: the same on both databases."""

from __future__ import annotations

import pytest

from accounts import search
from connectors.choices import ConnectorStatus
from connectors.models import Connector
from connectors.store import counts, search_index, sql_conditions
from connectors.store.sql_conditions import Selection
from tests import factory


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Acme Payments", ["acme", "payments"]),
        ("pay PAY Pay", ["pay"]),
        ("order-to-cash, v2.1", ["1", "cash", "order", "to", "v2"]),
        ("Größe GRÖSSE", ["grösse"]),
        ("snake_case", ["snake_case"]),
        ("it's a 'quote' & more:*", ["a", "it", "more", "quote", "s"]),
        ("…!?", []),
        ("", []),
        ("x" * 300, ["x" * search_index.LONGEST]),
    ],
)
def test_words_are_cut_out_folded_and_distinct(text: str, found: list[str]) -> None:
    assert search_index.split(text) == found


@pytest.fixture
def connector(db: None) -> Connector:
    """Return a Connector with a name and a description worth searching."""
    row = factory.at(
        ConnectorStatus.PUBLISHED, name="Größen-Tabelle", description="Maps my_sizes for O'Neill; 100% of {them}\\n"
    )
    return Connector.objects.get(pk=row.pk)


@pytest.mark.parametrize(
    "text",
    [
        *[
            "größen",
            "GRÖSSEN",
            "tab",
            "my_sizes",
            "my_",
            "o'neill",
            "100%",
            "{them}",
            "maps tabelle neill",
            "\\n",
            "n\\",
        ],
        *["abelle", "öße", "y_sizes", "izes", "eil", "_", "a", "abel ap"],
    ],
)
def test_text_whose_words_are_all_parts_of_words_is_found(text: str, connector: Connector) -> None:
    condition, values = search_index.condition("words", text)

    assert counts.of_connectors(Selection().where(condition, *values)) == 1


@pytest.mark.parametrize(
    "text", ["mysizes", "ymsizes", "tabellegrö", "tabelle other", "%", "__", "my-sizesx", "''", "&", ""]
)
def test_text_with_a_word_that_is_part_of_none_is_not_found(text: str, connector: Connector) -> None:
    condition, values = search_index.condition("words", text)

    assert counts.of_connectors(Selection().where(condition, *values)) == 0


def test_new_name_is_found_after_it_was_published(connector: Connector) -> None:
    row = factory.act(connector.staged, {"action": "setName", "name": "Another"})
    before = counts.of_connectors(searching("another"))

    factory.certified(row)

    assert (before, counts.of_connectors(searching("another"))) == (0, 1)


def test_unlisted_connector_is_not_counted_any_more(connector: Connector) -> None:
    project = connector.project
    shown = sql_conditions.visible(project_id=project.id, identifier=project.identifier).where("unlisted_at IS NULL")
    before = counts.of_connectors(shown)

    factory.act(connector.staged, {"action": "unlist"})

    assert (before, counts.of_connectors(shown)) == (1, 0)


def searching(text: str) -> Selection:
    """Return what a search for this text selects."""
    condition, values = search_index.condition("words", text)
    return Selection().where(condition, *values)


def test_a_search_has_so_many_words_however_they_are_cut() -> None:
    condition, values = search_index.condition("words", "-".join(f"word{n}" for n in range(500)))

    assert len(values) == search.MOST or condition.count(":*") == search.MOST
