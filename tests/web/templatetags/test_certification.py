"""Rows of a difference as they are drawn."""

from __future__ import annotations

import pytest

from certification.comparison.line_diff import Line, Pair
from web.templatetags.certification import split_row, unified_row

TROJAN = 'if (level !== "user\u202e \u2066// only admins\u2069 \u2066") { // <b>'


@pytest.mark.security
@pytest.mark.parametrize(
    "html", [unified_row(Line("+", None, 7, TROJAN), ""), split_row(Pair(None, Line("+", None, 7, TROJAN)), "")]
)
def test_hidden_characters_are_shown_by_name(html: str) -> None:
    assert '"user<mark class="cr-hidden">U+202E RIGHT-TO-LEFT OVERRIDE</mark>'.replace('"user', "&quot;user") in html
    assert "U+2066 LEFT-TO-RIGHT ISOLATE" in html
    assert "&lt;b&gt;" in html
    assert not set("\u202e\u2066\u2069") & set(html)


@pytest.mark.parametrize("text", ["plain", "I \u2764\ufe0f you", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"])
def test_other_text_is_shown_as_it_is(text: str) -> None:
    html = unified_row(Line(" ", 3, 3, text), "")

    assert text in html
    assert "cr-hidden" not in html


def test_byte_order_mark_is_marked_everywhere_but_at_the_beginning() -> None:
    assert "cr-hidden" not in unified_row(Line("+", None, 1, "\ufeffa"), "")
    assert "U+FEFF" in unified_row(Line("+", None, 2, "\ufeffa"), "")


def test_pieces_are_drawn_in_their_colors_and_escaped() -> None:
    line = Line("+", None, 1, "let a<b>", (("k", "let"), ("", " a<b>")))

    assert '<span class="cr-code-k">let</span> a&lt;b&gt;</td>' in unified_row(line, "")


def test_hidden_characters_matter_more_than_colors() -> None:
    html = unified_row(Line("+", None, 7, "let \u202ea", (("k", "let"), ("", " \u202ea"))), "")

    assert "U+202E" in html
    assert "cr-code-k" not in html
