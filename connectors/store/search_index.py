"""The words that a search finds a Connector by, as `models.words_field` keeps them.

A word of the search matches every word that it is a part of, without regard to case. The column keeps each word with
all of its ends: what is part of a word begins one of them, and beginnings are what an index is good at. Words are cut
here and not by the database, so that SQLite and PostgreSQL answer alike: the one looks through the text of the column,
the other has an index for it (connectors.0004).
"""

from __future__ import annotations

import re
import unicodedata

from django.db import connection

from accounts import search

LONGEST = 64
"""Characters of a word that count."""

NOTHING = "1 = 0"


def split(text: str) -> list[str]:
    """Return the distinct words of a text, as they are compared."""
    return sorted(set(_cut(text)))


def _cut(text: str) -> list[str]:
    found = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return [word[:LONGEST] for word in found]


def join(*texts: str) -> str:
    """Return the distinct words of all texts with their ends, as the column keeps them."""
    return " ".join(sorted({word[begin:] for word in split(" ".join(texts)) for begin in range(len(word))}))


def condition(column: str, text: str) -> tuple[str, list[str]]:
    """Return the SQL for "has every word of this text", and its values. A text without a word matches nothing."""
    wanted = sorted(search.bounded(_cut(text)))
    if not wanted:
        return NOTHING, []
    if connection.vendor == "postgresql":
        # The words stand in the statement, so that the planner sees how rare they are: a prepared statement for words
        # in general would read the whole catalogue for a rare one. Letters, digits and underscores need no quoting.
        query = " & ".join(f"''{word}'':*" for word in wanted)
        return f"{column} @@ '{query}'::tsquery", []
    return " AND ".join([f"instr(' ' || {column}, %s) > 0"] * len(wanted)), [f" {word}" for word in wanted]
