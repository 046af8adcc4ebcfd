"""Values that a program chokes on, for forms and queries, and for fields of JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote
from zlib import crc32

TEXTS: Mapping[str, str] = {
    "NUL": "a\0b",
    "superscript": "²",
    "5,000 digits": "9" * 5000,
    "beyond bigint": str(2**63),
    "beyond integer": str(2**31),
    "surrogate": "\ud800",
    "negative": "-1",
    "far below": str(-(2**63) - 1),
    "fraction": "1.5",
    "beyond float": "1e400",
    "not a number": "NaN",
    "year 0": "0000-01-01",
    "year 10000": "10000-01-01",
    "no such day": "2026-02-31",
    "no such moment": "2026-02-28T25:61:61Z",
    "nothing": "",
    "white": " \t\u00a0\u3000",
    "line breaks": "a\r\nSet-Cookie: x=1\r\n\r\nb",
    "zero width": "\u200b\u2060",
    "right to left": "\u202emoc.elpmaxe",
    "20,000 characters": "x" * 20_000,
    "escaped NUL": "%00",
    "parent folders": "../../../../etc/passwd",
    "JSON": '{"a": [{}]}',
    "deep JSON": "[" * 5000,
    "markup": "<script>alert(1)</script>{{7*7}}{% debug %}",
    "wildcards": "%_\\%'\";--",
    "bad id": "00000000-0000-0000-0000-00000000000g",
    "a word": "no-such-choice",
}
"""For a field of a form or a query, whatever it expects."""

RAW: Mapping[str, str] = {
    "twice": "a&{name}=b&{name}[]=c",
    "no UTF-8": "%ff%fe%80",
    "half an escape": "%",
    "overlong": "%c0%80",
}
"""The same, encoded already."""

ALWAYS = ("NUL", "5,000 digits")
"""The values that every field gets in each run; the others take turns."""

TURNS = 2
"""How many of the others a field gets. BAD_VALUES=all gives each field all of them."""

JSON: Mapping[str, object] = {
    "null": None,
    "true": True,
    "zero": 0,
    "negative": -1,
    "beyond bigint": 2**63,
    "4,000 digits": 10**4000,
    "fraction": 1.5,
    "large float": 1e308,
    "no text": "",
    "white": " \t\u3000",
    "NUL": "a\0b",
    "surrogate": "\ud800",
    "right to left": "\u202e",
    "zero width": "\u200b",
    "20,000 characters": "x" * 20_000,
    "line breaks": "a\r\nb",
    "digits": "²",
    "list": [],
    "object": {},
    "list of lists": [[]],
    "list of objects": [{}],
    "list of null": [None],
    "list of NUL": ["a\0b"],
    "twice": ["a", "a"],
    "unhashable keys": {"a": {"b": [{}]}},
    "deep": {"a": [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]},
}
"""For a field of JSON."""


def encoded(text: str) -> str:
    """Return a text percent-encoded, lone surrogates as well."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def for_field(name: str, *, seldom: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the name and the encoded form of the values that a field gets in this run.

    `seldom` lets all of them take turns.
    """
    every = {**{kind: encoded(text) for kind, text in TEXTS.items()}, **RAW}
    always = () if seldom else ALWAYS
    yield from ((kind, every[kind]) for kind in (*always, *turns(name, [kind for kind in every if kind not in always])))


def turns(name: str, kinds: Sequence[str]) -> Sequence[str]:
    """Return the kinds whose turn it is for a field: by its name, so that each run is like the one before."""
    if os.environ.get("BAD_VALUES") == "all":
        return kinds
    start = crc32(name.encode()) % len(kinds)
    return [*kinds, *kinds][start : start + TURNS]
