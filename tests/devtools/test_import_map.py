"""The page that draws the import contracts."""

from __future__ import annotations

import re
import tomllib

from devtools import import_map
from tests.root import ROOT

DRAWN = (ROOT / "docs" / "imports.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def test_page_in_the_documentation_is_the_one_that_the_contracts_make() -> None:
    assert import_map.page() == DRAWN, "run: python -m devtools.import_map > docs/imports.md"


def test_every_contract_is_on_the_page() -> None:
    assert re.findall(r"^## (.+)$", DRAWN, re.MULTILINE) == [contract["name"] for contract in CONTRACTS]


def test_what_stands_higher_is_drawn_higher_and_neighbors_in_one_box() -> None:
    graph = DRAWN.partition("## A floor imports only from below\n")[2].partition("```\n")[0]

    boxes = [re.findall(r'\["(\w+)"\]', box) for box in re.findall(r"subgraph.*?\n  end", graph, re.DOTALL)]

    assert boxes[0] == ["config", "devtools"]
    assert boxes[-1] == ["database"]
    assert ["accounts", "validator"] in boxes
    assert [f"layer{n} --> layer{n + 1}" in graph for n in range(len(boxes) - 1)] == [True] * (len(boxes) - 1)
