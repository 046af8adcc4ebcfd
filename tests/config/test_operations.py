"""docs/operations.md says what the settings do."""

from __future__ import annotations

import re

from django.core.management import get_commands

from tests.root import ROOT

DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table below a heading."""
    section = DOCUMENT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    found = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in found]


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    read = re.findall(r"env\.\w+\(\s*\"([A-Z0-9_]+)\"", SETTINGS)

    documented = [row[0].strip("`") for row in rows("Settings")]

    assert sorted(documented) == sorted(set(read))


def test_plain_defaults_are_the_real_ones() -> None:
    defaults = dict(
        re.findall(
            r"env\.(?:choice|number|text|whole|words)\(\s*\"([A-Z0-9_]+)\", \"?([^\"(){}]+?)\"?(?:\)|, \[|, \w+=)",
            SETTINGS,
        )
    )
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows("Settings")}

    compared = {name: value for name, value in defaults.items() if name != "EMAIL_HOST"}

    assert len(compared) >= 12
    assert {name: documented[name] for name in compared} == compared


def test_every_command_of_ours_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if app in {"accounts", "connectors", "certification"}}
    text = " ".join(row[0] for row in rows("Commands"))

    documented = set(re.findall(r"manage\.py (\w+)", text))

    assert ours <= documented
