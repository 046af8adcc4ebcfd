"""The correlation id of the current request or job, for the response, the log and the event log."""

from __future__ import annotations

import json
import logging
import re
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime

HEADER = "X-Correlation-ID"
ACCEPTED = re.compile(r"[A-Za-z0-9._:/+=@-]{1,256}")

_current: ContextVar[str] = ContextVar("correlation_id", default="")


def current() -> str:
    """Return the current id, or an empty string outside a request or job."""
    return _current.get()


def begin(given: str | None = None) -> str:
    """Use the given id if it is a harmless token, else create one; it stays until the next call."""
    value = given if given and ACCEPTED.fullmatch(given) else str(uuid.uuid4())
    _current.set(value)
    return value


class Filter(logging.Filter):
    """Adds `correlation_id` to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = current() or "-"
        return True


class WithoutTrace(logging.Filter):
    """Removes the traceback from a record whose message says everything."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return True


class JsonFormatter(logging.Formatter):
    """Formats each record as one line of JSON, for log collectors."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "correlationId": getattr(record, "correlation_id", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
