"""The glossary: each word has one meaning, and is where it says in the code."""

from __future__ import annotations

import re

import pytest

from tests.root import ROOT
from tests.test_architecture import is_name

ROWS = re.findall(
    r"^\| (\*\*.*?) \| (.*?) \|(?: `([^`]+)` \|)?(?: \|)?$", (ROOT / "docs/glossary.md").read_text("utf-8"), re.M
)
WORDS = [word.strip("*").lower() for named, _, _ in ROWS for word in named.split(", ")]
NAMES = [name for _, _, name in ROWS if name]


def test_every_row_is_read() -> None:
    lines = (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()

    assert len(ROWS) == sum(line.startswith("| **") for line in lines) > 30


def test_no_word_has_two_meanings() -> None:
    assert sorted(set(WORDS)) == sorted(WORDS)


def test_no_two_words_mean_one_thing_in_the_code() -> None:
    assert sorted(set(NAMES)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_word_names_in_the_code_is_there(name: str) -> None:
    assert is_name(name)
