"""Pages of ready documents: whatever way the database goes, the same ones in the same order."""

from __future__ import annotations

import json

import pytest

from connectors.choices import ConnectorStatus
from connectors.store import json_cache, search_index
from connectors.store.sql_conditions import Selection
from tests import factory

NAMES = ("Delta payments", "Alpha payments", "Charlie tax", "Bravo payments")


@pytest.fixture
def catalog(db: None) -> None:
    """Publish some Connectors, not in the order of their names."""
    for name in NAMES:
        factory.at(ConnectorStatus.PUBLISHED, name=name)


@pytest.mark.parametrize("near", [0, json_cache.NEAR])
@pytest.mark.parametrize("gather", [False, True])
@pytest.mark.parametrize(
    ("limit", "offset", "found"),
    [(10, 0, ["Alpha", "Bravo", "Delta"]), (2, 0, ["Alpha", "Bravo"]), (2, 1, ["Bravo", "Delta"]), (5, 3, [])],
)
def test_page_is_the_same_near_far_and_gathered(
    limit: int, offset: int, found: list[str], gather: bool, near: int, catalog: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_cache, "NEAR", near)
    condition, values = search_index.condition("words", "ayment")

    page = json_cache.page(
        json_cache.CONNECTORS,
        Selection().where(condition, *values),
        order=("name", "id"),
        limit=limit,
        offset=offset,
        gather=gather,
    )

    assert [json.loads(document)["name"].split()[0] for document in page] == found
