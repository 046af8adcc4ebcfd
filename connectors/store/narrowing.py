"""Narrow lists by a field, by the lookup that its row names: in the statements of the API, and in pages' querysets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from connectors.contract.lookups import AnyBit, AnyId, AnyItem, AnyOf, IsTrue, Lookup, OnlyTrue, SameText
from connectors.store import sql_conditions
from connectors.store.sql_conditions import Value

Rows = TypeVar("Rows", bound=QuerySet[Any])


def condition(lookup: Lookup, column: str, value: Any) -> tuple[str, Sequence[Value]]:
    """Return the condition for a statement, with `%s` for each of its values; "" keeps every row."""
    match lookup:
        case OnlyTrue() if not value:
            return "", ()
        case IsTrue() | OnlyTrue():
            return f"{column} = %s", (value,)
        case SameText():
            return f"UPPER({column}) = UPPER(%s)", (value,)
        case AnyOf():
            return f"{column} IN ({_marks(value)})", value
        case AnyId():
            return f"{column} IN ({_marks(value)})", [sql_conditions.stored(id) for id in value]
        case AnyBit(mask):
            return f"({column} & %s) > 0", (mask(value),)
        case AnyItem(none_is_any):
            return f"({_has_any(column, value)}" + (f" OR {column} = '[]')" if none_is_any else ")"), value
    raise TypeError(f"{lookup} is no lookup of a list.")


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _has_any(column: str, values: Collection[object]) -> str:
    if connection.vendor == "postgresql":
        return " OR ".join([f"{column} ? %s"] * len(values))
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS item WHERE item.value IN ({_marks(values)}))"


def narrow(rows: Rows, lookup: Lookup, column: str, values: Sequence[str]) -> Rows:
    """Return the rows of a queryset whose list has any of these items."""
    name = f"narrowed_{column}"
    match lookup:
        case AnyBit(mask):
            return rows.alias(**{name: F(column).bitand(mask(values))}).filter(**{f"{name}__gt": 0})
        case AnyItem(none_is_any):
            wanted = Q(**{name: "[]"}) if none_is_any else Q()
            for value in values:
                wanted |= Q(**{f"{name}__contains": f'"{value}"'})
            return rows.alias(**{name: Cast(column, TextField())}).filter(wanted)
    raise TypeError(f"{lookup} offers no choices.")


@dataclass(frozen=True)
class Items:
    """A filter of a list by one column, with the items that are chosen: none keeps every row."""

    lookup: Lookup
    column: str
    chosen: Sequence[str]

    def keeps(self, combined: Any) -> bool:
        """Return whether a row with these items is kept."""
        return not self.chosen or any(_holds(self.lookup, combined, value) for value in self.chosen)


def count(
    rows: QuerySet[Any], filters: Sequence[Items], offered: Sequence[Sequence[str]]
) -> tuple[int, list[Counter[str]]]:
    """Return how many rows all filters keep, and for each filter how many each of the items offered would keep.

    An item is counted over the rows that the other filters keep. It is one query, over the few combinations of items
    that occur.
    """
    total, counts = 0, [Counter[str]() for _ in filters]
    for *combined, number in _combinations(rows, filters):
        kept = [one.keeps(items) for one, items in zip(filters, combined, strict=True)]
        total += number if all(kept) else 0
        for n, one in enumerate(filters):
            if all(kept[:n] + kept[n + 1 :]):
                counts[n].update({value: number for value in offered[n] if _holds(one.lookup, combined[n], value)})
    return total, counts


def _combinations(rows: QuerySet[Any], filters: Sequence[Items]) -> QuerySet[Any, tuple[Any, ...]]:
    """Return each combination of the columns' values, and how many rows have it."""
    names = {
        f"combined_{n}": F(one.column) if isinstance(one.lookup, AnyBit) else Cast(one.column, TextField())
        for n, one in enumerate(filters)
    }
    combined: QuerySet[Any, tuple[Any, ...]] = rows.annotate(**names).values_list(*names).annotate(number=Count("pk"))
    return combined


def _holds(lookup: Lookup, combined: Any, value: str) -> bool:
    match lookup:
        case AnyBit(mask):
            return bool(combined & mask([value]))
        case AnyItem(none_is_any):
            return f'"{value}"' in combined or (none_is_any and combined == "[]")
    raise TypeError(f"{lookup} offers no choices.")
