"""The ways to compare a field with what somebody asks a list for. `connectors.store.narrowing` compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


class Lookup:
    """A way to compare."""


class IsTrue(Lookup):
    """Keeps rows with this truth value."""


class OnlyTrue(Lookup):
    """Keeps rows that are true when asked for them, and otherwise all."""


class SameText(Lookup):
    """Keeps rows with an equal text, ignoring case. It needs an index of the text in uppercase."""


class AnyOf(Lookup):
    """Keeps rows with any of the given texts."""


class AnyId(Lookup):
    """Keeps rows with any of the given UUIDs."""


@dataclass(frozen=True)
class AnyItem(Lookup):
    """Keeps rows whose list has any of the given items. `none_is_any` says that an empty list means all items.

    On PostgreSQL it can have a GIN index. Lists that it narrows are counted each time.
    """

    none_is_any: bool = False


@dataclass(frozen=True)
class AnyBit(Lookup):
    """Keeps rows whose list has any of the given items, by a column that has them as the bits of an integer.

    Such a column can be in the indexes of a list and in its tally. `mask` returns the bits of some items.
    """

    mask: Callable[[Iterable[str]], int]
