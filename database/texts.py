"""Search several columns for several words, ignoring case, at about the price of one word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Expression, Q, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import IContains

SEPARATOR = "\n"
"""Between the columns: words are separated by whitespace, so that none is found across two columns."""


def has_all(columns: Sequence[str], words: Sequence[str]) -> Q:
    """Return the condition that each word is in one of the columns; without a word, every row holds it."""
    if not words:
        return Q()
    if connection.vendor == "postgresql":
        return Q(_HasAll(columns, words))
    found = Q()
    for word in words:
        found &= Q(*(IContains(Cast(column, TextField()), word) for column in columns), _connector=Q.OR)
    return found


class _HasAll(Expression):
    """The same for PostgreSQL, by `LIKE ALL`.

    It writes a text in upper case again for each comparison, which costs more than comparing: eight words in four
    columns would do so 32 times for each row, and this does once.
    """

    def __init__(self, columns: Sequence[str], words: Sequence[str]) -> None:
        super().__init__(output_field=BooleanField())
        self.columns: list[Any] = [Cast(column, TextField()) for column in columns]
        self.words = list(words)

    def get_source_expressions(self) -> list[Any]:
        return self.columns

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.columns = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        parts = [compiler.compile(column) for column in self.columns]
        texts = ", ".join(text for text, _ in parts)
        patterns = [f"%{connection.ops.prep_for_like_query(word)}%" for word in self.words]
        upper = ", ".join(["UPPER(%s)"] * len(patterns))
        values = [value for _, given in parts for value in given]
        return f"UPPER(CONCAT_WS('{SEPARATOR}', {texts})) LIKE ALL (ARRAY[{upper}])", (*values, *patterns)
