"""Values that are read too late: by a library or the database, which fail where a form should have refused.

Such a failure is the request's fault only if one of its fields holds what the failure is about; anything else stays an
error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.core.exceptions import FieldDoesNotExist
from django.db import DataError
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from accounts.requests.fields import UnreadableField

LARGE = re.compile("[0-9]{10}")
LONG = 200
"""Characters: no column that pages write is shorter than this and without a limit in its form."""

DEEP = 100
"""Brackets of JSON."""

TOO_MANY_DIGITS = "Exceeds the limit ("
NO_NUMBER = "expected a number but got"
REFERENCE = "_to_field"
"""The admin's parameter that names a field of a model."""


@dataclass(frozen=True)
class Cause:
    """Whether a field caused a failure, and the sentence about that field."""

    holds: Callable[[str, str], bool]
    problem: str = "contains a value that cannot be read here. Change it and try again."


TOO_LARGE = Cause(lambda name, value: bool(LARGE.search(value)), "contains a number that is too large.")
TOO_DEEP = Cause(lambda name, value: value.count("[") + value.count("{") > DEEP, "is nested too deeply.")
TOO_LONG = Cause(lambda name, value: bool(LARGE.search(value)) or len(value) > LONG)
NO_FIELD = Cause(lambda name, value: name == REFERENCE)


class Refusal(MiddlewareMixin):
    """Answers 400 with the name of the field where a view failed on a value that fits no column."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Refuse the request if a field of it caused the failure; do nothing otherwise, so that it stays an error."""
        cause = cause_of(exception)
        name = next((name for name, value in sent(request) if cause.holds(name, value)), None) if cause else None
        if cause and name is not None:
            raise UnreadableField(name, cause.problem) from None


def sent(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Yield every parameter and every field with each of its values."""
    for fields in (request.GET, request.POST):
        for name, values in fields.lists():
            yield from ((name, str(value)) for value in values)


def cause_of(error: Exception) -> Cause | None:
    """Return what may have caused this failure; None if no field could have."""
    words = str(error)
    if isinstance(error, OverflowError) or (isinstance(error, ValueError) and TOO_MANY_DIGITS in words):
        return TOO_LARGE
    if isinstance(error, ValueError) and NO_NUMBER in words:
        return Cause(lambda name, value: words.endswith(f"{NO_NUMBER} {value!r}."))
    if isinstance(error, RecursionError):
        return TOO_DEEP
    if isinstance(error, DataError):
        return TOO_LONG
    return NO_FIELD if isinstance(error, FieldDoesNotExist) else None
