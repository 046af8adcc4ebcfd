"""Plain SQL for what requests do by the thousand: a queryset would cost more time to write than the answer to find.

On PostgreSQL the values go beside the text, and a statement that comes again is prepared: planning the three joins of
a token takes longer than following them. A statement whose best plan depends on a value has that value in its text.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper


def cursor() -> AbstractContextManager[CursorWrapper]:
    """Open a cursor that prepares where the database can."""
    if connection.vendor == "postgresql":
        return connection.preparing()  # type: ignore[attr-defined, no-any-return]
    return connection.cursor()


def rows(statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Return every row that a statement finds."""
    with cursor() as found:
        found.execute(statement, values)
        return found.fetchall()


def row(statement: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
    """Return the first row that a statement finds, or None."""
    with cursor() as found:
        found.execute(statement, values)
        first: tuple[Any, ...] | None = found.fetchone()
    return first
