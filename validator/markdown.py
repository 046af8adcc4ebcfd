"""Limits on untrusted Markdown, so that a parser always finishes quickly."""

from __future__ import annotations

from typing import Final

MAX_CHARACTERS: Final = 250_000
MAX_BRACKETS: Final = 10_000
"""Each opening bracket may begin a link, so a parser searches for the end of each: a flood of them takes minutes."""


def problem_of(text: str) -> str:
    """Return why the text is not parsed, as a sentence, or an empty string when it can be."""
    if len(text) > MAX_CHARACTERS:
        return f"The document has more than {MAX_CHARACTERS:,} characters."
    brackets = text.count("[")
    if brackets > MAX_BRACKETS:
        return f"The document has {brackets:,} opening brackets, more than {MAX_BRACKETS:,}."
    return ""
