"""The page about the architecture: every path, name and address on it exists, and it leads to what it promises."""

from __future__ import annotations

import re
import tomllib
from functools import reduce
from importlib import import_module

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from certification.notifications.kinds import TOPICS
from tests.root import ROOT
from tests.test_contributing import read, targets, tokens
from tests.test_repository import tracked

PAGE = "docs/architecture.md"
FLOORS = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["root_packages"]
ID = "00000000-0000-0000-0000-000000000000"
# They begin the names of what is checked elsewhere, or of what is not ours.
LEFT_OUT = re.compile(r"make [a-z-]+")


def is_there(word: str) -> bool:
    """Return whether the portal has what a piece of code on the page names."""
    if word in TOPICS or word in get_commands() or LEFT_OUT.fullmatch(word):
        return True
    if found := re.fullmatch(r"(?:GET|POST|DELETE) (/\S*)", word):
        try:
            resolve(found[1].replace("{id}", ID))
        except Resolver404:
            return False
        return True
    if re.fullmatch(r"[\w/.-]+(?:/|\.\w{2,4})", word) and not is_name(word):
        folder = word.endswith("/")
        return any(name.startswith(word) if folder else name == word or name.endswith(f"/{word}") for name in tracked())
    return is_name(word)


def is_name(word: str) -> bool:
    """Return whether a dotted name leads to a module, or to something in one."""
    parts = word.split(".")
    if parts[0] not in FLOORS:
        return False
    for length in range(len(parts), 0, -1):
        try:
            module = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        try:
            reduce(getattr, parts[length:], module)
        except AttributeError:
            return False
        return True
    return False


def spans(text: str) -> list[str]:
    """Return the pieces of code within the lines of a Markdown text."""
    return [token.content for token in tokens(text) if token.type == "code_inline"]


def test_everything_that_the_page_names_is_there() -> None:
    found = spans(read(PAGE))

    assert len(found) > 50
    assert [word for word in found if not is_there(word)] == []


@pytest.mark.parametrize(
    "word",
    [
        "certification/round/",
        "connectors/drafts/updates.py",
        "certification.decisions.certificate.certified",
        "certification.rounds.nothing",
        "certification:change-requested",
        "POST /connector/drafts/{id}",
        "anything",
    ],
)
def test_what_is_not_there_is_found(word: str) -> None:
    assert not is_there(word)


@pytest.mark.parametrize(
    ("looked_for", "text"),
    [
        ("who may certify", "def ability(can: Abilities)"),
        ("*licence*", "class LicenceCheck"),
        ("*changes requested*", 'event="certification:changes-requested"'),
    ],
)
def test_index_leads_to_it_in_one_more_open(looked_for: str, text: str) -> None:
    (row,) = [line for line in read(PAGE).splitlines() if line.startswith("|") and looked_for in line]

    first = (ROOT / PAGE).parent / targets(row)[0]

    assert text in first.read_text("utf-8")


def test_newcomers_find_the_page_from_both_entrances() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        assert PAGE in targets(read(name))


def test_page_names_every_floor_in_the_order_of_the_contract() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = [row["layers"] for row in contracts if row["name"] == "A floor imports only from below"]
    order = [floor.strip() for layer in layers for floor in layer.split("|")]

    rows = re.findall(r"^\| `(\w+)/` \|", read(PAGE), re.MULTILINE)

    assert rows == order
