"""Reading many rows a portion at a time, without a cursor that has to outlive a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)

SIZE = 500


def keys(rows: models.QuerySet[M], *, most: int | None = None) -> list[object]:
    """Return the keys of rows in their order, at most so many."""
    return list(rows.values_list("pk", flat=True)[:most])


def read(rows: models.QuerySet[M], *, of: Sequence[object] | None = None, size: int = SIZE) -> Iterator[M]:
    """Yield rows in their order, or those of these keys in theirs; what is gone by then is left out.

    A cursor of the server needs its connection, which a pooler hands to somebody else after each transaction; a cursor
    of the client holds every row at once.
    """
    wanted = keys(rows) if of is None else of
    for begin in range(0, len(wanted), size):
        part = wanted[begin : begin + size]
        found = rows.in_bulk(part)
        yield from (found[key] for key in part if key in found)
