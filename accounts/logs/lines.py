"""Lines of the log: one record is one line, whatever it quotes; facts beside the message become fields of the JSON.

A message may quote text of strangers. Characters that end a line, move the cursor or turn the direction of reading are
written as escapes, so that no value can forge a line or hide one.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
INDENT = "\n    "
NOTHING = "-"
"""What is written where there is no value."""


def escaped(text: str) -> str:
    """Return the text with unsafe characters as escapes, such as `\\u000a` for a line break."""
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def indented(text: str) -> str:
    """Return lines that cannot be taken for records: each is escaped, and indented."""
    return INDENT.join(escaped(line) for line in text.split("\n"))


def route_of(request: HttpRequest) -> str:
    """Return the pattern of the URL, such as `/drafts/<uuid:pk>`; `-` when there is none."""
    match = request.resolver_match
    return f"/{match.route}" if match else NOTHING


class LineFormatter(logging.Formatter):
    """Formats a record as a line for people to read; tracebacks follow, indented.

    A record with `extra={"lines": True}` is written in lines of its own: mails, where an operator asked for them.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of logging
        record.message = indented(record.message) if getattr(record, "lines", False) else escaped(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return INDENT.lstrip("\n") + indented(super().formatException(ei))


class JsonFormatter(logging.Formatter):
    """Formats each record as one line of JSON, for log collectors; its `facts` are fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            **getattr(record, "facts", {}),
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "correlationId": getattr(record, "correlation_id", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return escaped(json.dumps(line, ensure_ascii=False))


class WithoutTrace(logging.Filter):
    """Removes the traceback from a record whose message says everything."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return True


class WithoutPath(logging.Filter):
    """Puts the route in place of the path in Django's own records: a path may hold a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            paths = {request.path, request.path_info, request.get_full_path()}
            record.args = tuple(route_of(request) if arg in paths else arg for arg in record.args)
        return True
