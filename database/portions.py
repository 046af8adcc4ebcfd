"""Read many rows in portions, without a cursor that must outlive a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)

SIZE = 500


def keys(rows: models.QuerySet[M], *, most: int | None = None) -> list[object]:
    """Return the keys of rows in their order, up to a limit."""
    return list(rows.values_list("pk", flat=True)[:most])


def read(rows: models.QuerySet[M], *, of: Sequence[object] | None = None, size: int = SIZE) -> Iterator[M]:
    """Yield rows in their order, or those with these keys in the keys' order; rows that are gone are skipped.

    A server-side cursor needs its connection, which a pooler may reassign after each transaction; a client-side cursor
    holds every row at once.
    """
    wanted = keys(rows) if of is None else of
    for begin in range(0, len(wanted), size):
        part = wanted[begin : begin + size]
        found = rows.in_bulk(part)
        yield from (found[key] for key in part if key in found)
