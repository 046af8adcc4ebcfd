"""The filters of pages that the rows of the fields declare, with the choices that a page offers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict

from connectors.contract import fields
from connectors.contract.fields import Field, FieldFilter, Lists
from connectors.store import narrowing


class AnyChoice(django_filters.MultipleChoiceFilter):
    """Keeps rows whose list has any of the chosen items."""

    def __init__(self, row: Field, given: FieldFilter) -> None:
        super().__init__(label=given.label, choices=row.choices)
        self.lookup, self.column = given.lookup, given.column

    def filter(self, rows: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        """Compare the column."""
        return narrowing.narrow(rows, self.lookup, self.column, value) if value else rows


def by_field(lists: Lists) -> dict[str, AnyChoice]:
    """Return the filters of a list, by the names of their parameters."""
    return {given.name: AnyChoice(row, given) for row, given in fields.filters(lists)}


@dataclass(frozen=True)
class FilterChoice:
    """One value to filter by; with how many rows it would keep, where that is counted."""

    value: str
    label: str
    chosen: bool
    count: int | None = None


@dataclass(frozen=True)
class Menu:
    """The choices of one filter."""

    name: str
    label: str
    choices: list[FilterChoice]

    @property
    def chosen(self) -> list[str]:
        """The labels of what is chosen."""
        return [choice.label for choice in self.choices if choice.chosen]


def menus(lists: Lists, query: QueryDict) -> list[Menu]:
    """Return the filters of a list with every choice."""
    return [
        Menu(given.name, given.label, _choices(row, query.getlist(given.name))) for row, given in fields.filters(lists)
    ]


def counted(lists: Lists, query: QueryDict, *, find: Callable[[QueryDict], QuerySet[Any]]) -> tuple[list[Menu], int]:
    """Return the filters of a list with the choices that would keep something when only the other filters hold.

    `find` returns the rows that a query leaves, and is searched once for all filters. What is chosen is always offered.
    The second value is the number of rows that all filters leave.
    """
    listed = list(fields.filters(lists))
    without = query.copy()
    for _, given in listed:
        without.pop(given.name, None)
    # What is not offered is refused by the form of the list.
    offered = [[value for value, _ in row.choices] for row, _ in listed]
    chosen = {
        given.name: [value for value in query.getlist(given.name) if value in values]
        for (_, given), values in zip(listed, offered, strict=True)
    }
    items = [narrowing.Items(given.lookup, given.column, chosen[given.name]) for _, given in listed]
    total, numbers = narrowing.count(find(without), items, offered)
    found = []
    for (row, given), counts in zip(listed, numbers, strict=True):
        choices = _choices(row, chosen[given.name], counts)
        found.append(Menu(given.name, given.label, [one for one in choices if one.count or one.chosen]))
    return found, total


def _choices(row: Field, chosen: Collection[str], counts: Mapping[str, int] | None = None) -> list[FilterChoice]:
    return [
        FilterChoice(value, str(label), value in chosen, None if counts is None else counts.get(value, 0))
        for value, label in row.choices
    ]
