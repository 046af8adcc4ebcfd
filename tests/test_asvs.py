"""The pages for outsiders: ASVS has every item once, and what it and the threat model name exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.root import ROOT
from tests.test_security import has_test

pytestmark = pytest.mark.security

ITEMS = json.loads((ROOT / "tests" / "data" / "asvs-5.0.0.json").read_text())["levels"]
ROW = re.compile(
    r"\| (?P<id>V[\d.]+) \| (?P<level>\d) \| (?P<state>[a-z ]+) \| (?P<words>[^|]+) \| ?(?P<shown>[^|]*?) ?\|"
)
STATES = {"met", "not met", "not applicable"}
NAMED = re.compile(r"`((?:tests|docs|config|\.ci)/[^`]+|[\w.-]+\.(?:toml|lock|md))`")


def rows() -> Iterator[re.Match[str]]:
    """Yield each row of the page."""
    for line in (ROOT / "docs" / "asvs.md").read_text().splitlines():
        if line.startswith("| V"):
            found = ROW.fullmatch(line)
            assert found is not None, line
            yield found


def test_every_item_of_both_levels_is_there_once() -> None:
    found = [(row["level"], row["id"]) for row in rows()]

    assert sorted(found) == sorted((level, item) for level, items in ITEMS.items() for item in items)
    assert len(found) == 253


def test_what_is_met_is_shown_and_what_is_not_has_a_reason() -> None:
    assert {row["state"] for row in rows()} == STATES
    assert [row["id"] for row in rows() if row["state"] == "met" and not NAMED.search(row["shown"])] == []
    assert [row["id"] for row in rows() if len(row["words"].split()) < 2] == []


@pytest.mark.parametrize("page", ["docs/asvs.md", "docs/threat-model.md"])
def test_what_a_page_names_exists(page: str) -> None:
    named = set(NAMED.findall((ROOT / page).read_text()))

    assert len(named) > 20
    assert sorted(name for name in named if not has_test(name)) == []


def test_each_threat_of_a_border_has_a_defense_and_a_test() -> None:
    borders = (ROOT / "docs" / "threat-model.md").read_text().partition("\n## Borders\n")[2].partition("\n## ")[0]
    threats = [
        line.strip("|").split(" | ")
        for line in borders.splitlines()
        if line.startswith("| ") and not line.startswith(("| Threat", "| ---"))
    ]

    assert len(threats) > 25
    assert [row for row in threats if len(row) != 3 or not NAMED.search(row[2])] == []
