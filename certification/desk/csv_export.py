"""Rows as CSV files, without values that a spreadsheet program would run as formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """Returns what is written, so that `csv.writer` returns the line."""

    def write(self, value: str) -> str:
        return value


def lines(columns: Sequence[str], records: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180). A text that begins like a formula gets a leading apostrophe."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow(columns))
    for row in records:
        yield str(writer.writerow([_plain(value) for value in row]))


def _plain(value: object) -> str:
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
