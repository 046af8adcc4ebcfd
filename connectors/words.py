"""The words that a search finds a Connector by, and the column that keeps them.

A word of the search matches every word that it is a part of, without regard to case. Words are cut out here and not by
the database, so that SQLite and PostgreSQL answer alike: the one looks through the text of the column, the other has
an index of its trigrams.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

LONGEST = 64
"""Characters of a word that count."""

NOTHING = "1 = 0"


def split(text: str) -> list[str]:
    """Return the distinct words of a text, as they are compared."""
    found = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return sorted({word[:LONGEST] for word in found})


def join(*texts: str) -> str:
    """Return the distinct words of all texts as the column keeps them."""
    return " ".join(split(" ".join(texts)))


class WordsField(models.Field[str, str]):
    """What the column was before connectors.0007, for the migrations until then: on PostgreSQL a tsvector."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        # PostgreSQL writes quotes around each word, and no word has one. None comes from a join that found nothing.
        return None if value is None else value.replace("'", "")

    def get_placeholder(self, value: Any, compiler: Any, connection: BaseDatabaseWrapper) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"


def condition(column: str, text: str) -> tuple[str, list[str]]:
    """Return the SQL for "has every word of this text", and its values. A text without a word matches nothing."""
    wanted = split(text)
    if not wanted:
        return NOTHING, []
    if connection.vendor == "postgresql":
        # The words stand in the statement, so that the planner sees how rare they are: a prepared statement for words
        # in general would read the whole catalogue for a rare one. Letters and digits need no quoting, and the
        # underscore stands for itself.
        parts = [word.replace("_", r"\_") for word in wanted]
        return " AND ".join(f"{column} LIKE '%%{part}%%'" for part in parts), []
    return " AND ".join([f"instr({column}, %s) > 0"] * len(wanted)), wanted
