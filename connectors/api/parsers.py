"""Request bodies: JSON according to RFC 8259, nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any, Never

from django.conf import settings
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser

from connectors.errors import InvalidJsonInput, Problem

DEEPEST = 64


class TooLarge(APIException):
    """413: the body is larger than the server reads."""

    status_code = 413
    default_code = "InvalidJsonInput"
    default_detail = "The request body is too large; at most 1 MB is allowed."


class JsonParser(BaseParser):
    """Reads one JSON value of UTF-8 text, at most 1 MB, at most 64 levels deep, without NaN and without duplicate
    fields.

    An object with a duplicate field is refused, because it would be ambiguous.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the value; raise InvalidJsonInput with the position of the syntax error."""
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge()
        return read(raw)


def read(raw: bytes) -> object:
    """Return the JSON value of these bytes, or raise InvalidJsonInput."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJsonInput([Problem("", f"The body is not UTF-8: byte {error.start}.")]) from error
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_object)
    except InvalidJsonInput:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidJsonInput([Problem("", f"The body is not JSON: {error.msg} at {where}.")]) from error
    except RecursionError as error:
        raise InvalidJsonInput([Problem("", f"The body is nested deeper than {DEEPEST} levels.")]) from error
    except ValueError as error:
        raise InvalidJsonInput([Problem("", "The body has a number with too many digits.")]) from error
    if _deeper(value, DEEPEST):
        raise InvalidJsonInput([Problem("", f"The body is nested deeper than {DEEPEST} levels.")])
    return value


def _no_constant(name: str) -> Never:
    raise InvalidJsonInput([Problem("", f"{name} is not JSON.")])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twin = next(name for name, count in counts.items() if count > 1)
        raise InvalidJsonInput([Problem(twin[:100].encode(errors="replace").decode(), "The field is a duplicate.")])
    return result


def _deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_deeper(inner, levels - 1) for inner in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper(inner, levels - 1) for inner in value)
    return False
