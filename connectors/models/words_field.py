"""The column that keeps the words a search finds a Connector by; `store.search_index` cuts and looks for them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class WordsField(models.Field[str, str]):
    """Distinct words and ends with blanks between them; to PostgreSQL a tsvector, which is written like that."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        # PostgreSQL writes quotes around each word, and no word has one. None comes from a join that found nothing.
        return None if value is None else value.replace("'", "")

    def get_placeholder(self, value: Any, compiler: Any, connection: BaseDatabaseWrapper) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"
