"""Plain SQL for the most frequent requests, where building a queryset would take longer than running it.

On PostgreSQL, values are bound on the server, and a repeated statement is prepared: planning the three joins of a token
takes longer than executing them. A statement whose best plan depends on a value has that value in its text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db import connection, models


def rows(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return every row that a statement finds."""
    with connection.cursor() as found:
        found.execute(statement, values)
        return list(found.fetchall())


def row(statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """Return the first row that a statement finds, or None."""
    with connection.cursor() as found:
        found.execute(statement, values)
        first: tuple[Any, ...] | None = found.fetchone()
    return first


class Written:
    """A queryset that is used repeatedly: the ORM compiles it once, and only the values change.

    A page of the queue costs 1.5 times as much where the ORM writes each text again.

    `build` takes the values by name, with the types in `values`, and returns the queryset; it must depend on nothing
    else. The rows are not converted, so select columns that need no conversion.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]], **values: type[int] | type[datetime]) -> None:
        self._build = build
        self._types = values

    @cached_property
    def _made(self) -> tuple[str, tuple[object, ...], dict[object, str]]:
        # Numbers and times that occur nowhere else in a statement, and that fit every column.
        stand_ins: dict[str, Any] = {
            name: 2_000_000_000 + n if kind is int else datetime(1001 + n, 1, 1, tzinfo=UTC)
            for n, (name, kind) in enumerate(self._types.items())
        }
        text, parameters = self._build(**stand_ins).query.sql_with_params()
        return text, parameters, {_adapted(value): name for name, value in stand_ins.items()}

    @property
    def text(self) -> str:
        """The statement, with a placeholder for each of `parameters`."""
        return self._made[0]

    def parameters(self, **values: object) -> list[object]:
        """Return the values of the placeholders."""
        _, parameters, names = self._made
        return [_adapted(values[names[p]]) if p in names else p for p in parameters]

    @property
    def counting(self) -> str:
        """A statement with the same placeholders that counts the rows."""
        return f"SELECT COUNT(*) FROM ({self.text}) AS counted"

    def rows(self, **values: object) -> list[tuple[Any, ...]]:
        """Return every row for these values."""
        return rows(self.text, self.parameters(**values))

    def count(self, **values: object) -> int:
        """Return the number of rows for these values."""
        ((number,),) = rows(self.counting, self.parameters(**values))
        return int(number)


def counts(*counted: Written, **values: object) -> tuple[int, ...]:
    """Return how many rows each queryset finds with these values, by one statement."""
    parameters = [value for one in counted for value in one.parameters(**values)]
    return row("SELECT " + ", ".join(f"({one.counting})" for one in counted), parameters) or ()


def _adapted(value: object) -> object:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
