"""Request bodies: JSON as RFC 8259 has it."""

from __future__ import annotations

import time

import pytest

from connectors.api.parsers import DEEPEST, read
from connectors.errors import InvalidJsonInput

pytestmark = pytest.mark.security


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b' [1, "\xc3\xa9", null, true, -0.5e3] ', [1, "é", None, True, -500.0]),
        (b'"\\ud83d\\udca9"', "\U0001f4a9"),
        (b"12345678901234567890123", 12345678901234567890123),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
    ],
)
def test_json_is_read(raw: bytes, value: object) -> None:
    found = read(raw)

    assert value is None or found == value


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not JSON"),
        (b"{", "line 1, column 2"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b"\xff\xfe", "not UTF-8: byte 0"),
        (b'"a\xff"', "not UTF-8: byte 2"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"NaN", "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b"9" * 5000, "too many digits"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "deeper than"),
        (b"[" * 200_000, "deeper than"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deeper than"),
        (b'{"a":1,"b":2,"a":3}', "a: The field is a duplicate"),
        (b'{"x":{"\\ud800":1,"\\ud800":2}}', "duplicate"),
        (b'"line\nbreak"', "not JSON"),
        (b"\x00", "not JSON"),
    ],
)
def test_anything_else_says_what_is_wrong(raw: bytes, says: str) -> None:
    with pytest.raises(InvalidJsonInput) as caught:
        read(raw)

    (problem,) = caught.value.problems
    assert says in str(problem)
    str(problem).encode()


def test_body_of_many_fields_and_one_twin_costs_no_more_than_its_length() -> None:
    raw = b"{" + b",".join(b'"k%d":1' % n for n in range(80_000)) + b',"k79999":2}'
    start = time.process_time()

    with pytest.raises(InvalidJsonInput, match="valid JSON"):
        read(raw)

    # Comparing every name with every other one would take minutes.
    assert time.process_time() - start < 10
