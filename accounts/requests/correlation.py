"""The correlation id of the current request or job, for the response, the log and the event log."""

from __future__ import annotations

import logging
import re
import uuid
from contextvars import ContextVar

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
