"""Hidden characters as they are shown."""

from __future__ import annotations

import pytest

from accounts import naming
from validator.knowledge.characters import Piece, is_balanced, marked, pieces, spots


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a\u202eb\u202cc", "a[U+202E]b[U+202C]c"),
        ("\u200ba", "[U+200B]a"),
        ("I \u2764\ufe0f you", "I \u2764\ufe0f you"),
        ("\ufeffa", "[U+FEFF]a"),
        ("s = '" + "\ufe00" * 40 + "'", "s = '[U+FE00]'"),
    ],
)
def test_a_line_shows_where_hidden_characters_are(line: str, shown: str) -> None:
    assert marked(line) == shown
    assert "".join(piece.text for piece in pieces(line)) == line


def test_the_first_line_may_begin_with_a_byte_order_mark() -> None:
    assert pieces("\ufeffa", is_first=True) == [Piece("\ufeffa")]


def test_a_run_is_named_by_its_first_character() -> None:
    assert [piece.name for piece in pieces("a\ufe00\ufe01\ufe02")] == ["", "U+FE00 VARIATION SELECTOR-1 and 2 more"]


@pytest.mark.parametrize(
    ("line", "balanced"),
    [("a", True), ("\u202ba\u202c", True), ("\u2067\u202ba\u202c\u2069", True), ("\u202ba", False), ("a\u2069", False)],
)
def test_directions_end_in_their_line(line: str, balanced: bool) -> None:
    assert is_balanced(line) is balanced


@pytest.mark.parametrize("char", sorted(naming.DIRECTIONS | naming.BLANKS))
def test_what_no_name_may_have_is_hidden_in_code_as_well(char: str) -> None:
    assert [spot.start for spot in spots(f"a{char}b")] == [1]
