"""The words that a search finds a Connector by, as `models.words_field` keeps them.

A search word matches every word that contains it, ignoring case. The column stores each word with all of its suffixes:
every part of a word is a prefix of a suffix, and prefixes can be indexed. Words are split here and not by the database,
so that SQLite and PostgreSQL return the same: SQLite scans the column, PostgreSQL has an index (connectors.0004).
"""

from __future__ import annotations

import re
import unicodedata

from django.db import connection

from accounts import search

LONGEST = 64
"""How many characters of a word are indexed."""

NOTHING = "1 = 0"


def split(text: str) -> list[str]:
    """Return the distinct words of a text, normalized for comparison."""
    return sorted(set(_cut(text)))


def _cut(text: str) -> list[str]:
    found = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return [word[:LONGEST] for word in found]


def join(*texts: str) -> str:
    """Return the distinct words of all texts with their suffixes, as stored in the column."""
    return " ".join(sorted({word[begin:] for word in split(" ".join(texts)) for begin in range(len(word))}))


def condition(column: str, text: str) -> tuple[str, list[str]]:
    """Return the SQL for "has every word of this text", and its values. A text without a word matches nothing."""
    wanted = sorted(search.bounded(_cut(text)))
    if not wanted:
        return NOTHING, []
    if connection.vendor == "postgresql":
        # The words are literals, so that the planner knows how rare they are: a generic prepared statement would read
        # the whole catalog for a rare one. Letters, digits and underscores need no quoting.
        query = " & ".join(f"''{word}'':*" for word in wanted)
        return f"{column} @@ '{query}'::tsquery", []
    return " AND ".join([f"instr(' ' || {column}, %s) > 0"] * len(wanted)), [f" {word}" for word in wanted]
