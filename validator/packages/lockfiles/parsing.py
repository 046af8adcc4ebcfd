"""Read the three languages of lock files, strictly and within limits."""

from __future__ import annotations

import codecs
import json
import tomllib
from collections.abc import Mapping
from typing import Any

from validator.packages.package import LockfileError


def text(data: bytes) -> str:
    """Return the file as text; raises LockfileError when it is neither UTF-8 nor UTF-16 with a byte order mark."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LockfileError("The file is not UTF-8 text.") from None


def json_object(data: bytes) -> Mapping[str, Any]:
    """Return the JSON object in the file; raises LockfileError."""
    plain = text(data)
    try:
        content = json.loads(plain)
    except (ValueError, RecursionError):
        raise LockfileError("The file is not valid JSON.") from None
    if not isinstance(content, dict):
        raise LockfileError("The file is not a JSON object.")
    return content


def toml_table(data: bytes) -> Mapping[str, Any]:
    """Return the TOML document in the file; raises LockfileError."""
    plain = text(data)
    try:
        return tomllib.loads(plain)
    except (ValueError, RecursionError):
        raise LockfileError("The file is not valid TOML.") from None


def rows(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; everything else in it is skipped."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def fields(value: Any) -> list[tuple[str, Any]]:
    """Return the names and values of an object, or none for everything else."""
    return list(value.items()) if isinstance(value, dict) else []
