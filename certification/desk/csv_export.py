"""Rows as CSV files that no spreadsheet program takes for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """Gives back what is written: `csv.writer` then returns the line."""

    def write(self, value: str) -> str:
        return value


def lines(columns: Sequence[str], records: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180). A text that begins like a formula gets an apostrophe in front."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow(columns))
    for row in records:
        yield str(writer.writerow([_plain(value) for value in row]))


def _plain(value: object) -> str:
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
