"""Values on which a library or the database fails."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.requests.fields import UnreadableField
from accounts.requests.read_late import Refusal

pytestmark = pytest.mark.security

DIGITS = "9" * 5000
TOO_MANY = ValueError("Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits")


def refuse(error: Exception, query: str = "", **fields: str) -> None:
    request = RequestFactory().post(f"/page?{query}", fields)
    Refusal(lambda _: HttpResponse()).process_exception(request, error)


@pytest.mark.parametrize(
    ("error", "value"),
    [
        (OverflowError("Python int too large to convert to SQLite INTEGER"), str(2**63)),
        (TOO_MANY, f"[{DIGITS}]"),
        (RecursionError("maximum recursion depth exceeded"), "[" * 5000),
        (ValueError("Field 'id' expected a number but got '²'."), "²"),
        (ValueError(f"Field 'id' expected a number but got {'a' + chr(10)!r}."), "a\n"),
        (DataError("bigint out of range"), str(2**63)),
        (DataError("value too long for type character varying(256)"), "x" * 300),
    ],
)
def test_the_field_that_caused_a_failure_is_named(error: Exception, value: str) -> None:
    with pytest.raises(UnreadableField, match="“hostile”"):
        refuse(error, other="1", hostile=value)
    with pytest.raises(UnreadableField, match="“hostile”"):
        refuse(error, urlencode({"hostile": value}), other="1")


def test_a_field_of_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(UnreadableField, match="“_to_field”"):
        refuse(FieldDoesNotExist("User has no field named ''"), _to_field="")


@pytest.mark.parametrize(
    "error",
    [
        OverflowError("math range error"),
        TOO_MANY,
        ValueError("Field 'id' expected a number but got '²'."),
        ValueError("not enough values to unpack"),
        DataError("bigint out of range"),
        FieldDoesNotExist("User has no field named 'emial'"),
        RecursionError("maximum recursion depth exceeded"),
        KeyError("hostile"),
    ],
)
def test_a_failure_that_no_field_caused_stays_an_error(error: Exception) -> None:
    refuse(error, "page=2", name="Ann", age="42")
