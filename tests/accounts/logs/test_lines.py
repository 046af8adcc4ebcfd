"""Lines of the log."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory

from accounts.logs import lines
from accounts.requests import correlation

pytestmark = pytest.mark.security

FORGED = "12:00:00 INFO    access [-] GET /forged 200"
BREAKS = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"]
OTHERS = ["\x00", "\x08", "\x1b[2K", "\x7f", "\x9b", "\u202e", "\u2066", "\u200e", "\ud800", "\ufeff"]


def formatter(kind: str) -> logging.Formatter:
    """Return one of the two formatters as the settings make it."""
    if kind == "json":
        return lines.JsonFormatter()
    given: dict[str, Any] = settings.LOGGING["formatters"]["line"]
    return lines.LineFormatter(given["format"], given["datefmt"], given["style"])


def written(kind: str, message: str, *args: object, **extra: object) -> str:
    """Return what is written for a record."""
    record = logging.LogRecord("portal", logging.ERROR, __file__, 1, message, args, extra.pop("exc_info", None))  # type: ignore[arg-type]
    vars(record).update(extra)
    correlation.begin("abc-123")
    correlation.Filter().filter(record)
    return formatter(kind).format(record)


@pytest.mark.parametrize("kind", ["line", "json"])
@pytest.mark.parametrize("character", BREAKS + OTHERS, ids=ascii)
def test_no_value_forges_a_line(kind: str, character: str) -> None:
    line = written(kind, "Refused: %s", f"x{character}{FORGED}")

    assert line.splitlines() == [line]
    assert character not in line
    assert line.encode("utf-8")


@pytest.mark.parametrize("character", BREAKS, ids=ascii)
def test_no_exception_forges_a_line(character: str) -> None:
    try:
        raise ValueError(f"x{character}{FORGED}")
    except ValueError:
        whole = written("line", "It failed.", exc_info=sys.exc_info())

    first, *others = whole.splitlines()
    assert first.endswith("It failed.")
    assert all(line.startswith("    ") for line in others)


def test_lines_are_kept_where_an_operator_asked_for_them() -> None:
    first, second = written("line", "To %s:\n%s", "ann@portal.example", FORGED, lines=True).splitlines()

    assert first.endswith("To ann@portal.example:")
    assert second == f"    {FORGED}"


def test_facts_are_fields_of_the_json_and_replace_none_of_its_own() -> None:
    line = json.loads(written("json", "GET %s", "/", facts={"status": 200, "message": "forged", "level": "DEBUG"}))

    assert (line["status"], line["message"], line["level"], line["correlationId"]) == (200, "GET /", "ERROR", "abc-123")


def test_ordinary_text_of_any_language_stays_readable() -> None:
    assert "Zażółć – 日本語 🎉" in written("line", "%s", "Zażółć – 日本語 🎉")


@pytest.mark.parametrize("path", ["/accounts/password/reset/key/1-secret/", "/scans/secret?x=secret", "/none/secret"])
def test_a_record_about_a_request_names_its_route(path: str) -> None:
    request = RequestFactory().get(path)
    record = logging.LogRecord(
        "django.request", logging.ERROR, __file__, 1, "Server error: %s", (request.get_full_path(),), None
    )
    record.request = request

    lines.WithoutPath().filter(record)

    assert record.getMessage() == "Server error: -"
