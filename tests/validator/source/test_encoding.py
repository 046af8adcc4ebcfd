"""Texts in other encodings: read as what they say, and everything else left as it is."""

from __future__ import annotations

import pytest

from validator.source.encoding import utf8

TEXT = "const größe = 1; // one line\n"


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be", "utf-8"])
def test_text_becomes_utf_8(name: str) -> None:
    assert utf8(TEXT.encode(name)).decode() == TEXT


@pytest.mark.parametrize("data", [b"", b"\0", b"PK\3\4" + bytes(range(256)), "größe".encode("latin-1")])
def test_what_is_no_utf_16_stays_as_it_is(data: bytes) -> None:
    assert utf8(data) == data
