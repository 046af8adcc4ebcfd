"""Tell a service that is away, such as the database or the cache, from a fault of the portal: 503, and try again."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import InterfaceError, OperationalError

RETRY_SECONDS = 10
"""What `Retry-After` says: a service that restarts is back by then."""

AWAY = "The portal is interrupted. Nothing was saved. Try again in a moment."
AWAY_STATES = ("08", "53", "57P", "25006")
"""Classes of PostgreSQL's SQLSTATE for a connection that fails, missing resources, and a server that shuts down or only
reads."""

AWAY_WORDS = ("database is locked", "unable to open database", "disk i/o error", "database or disk is full")
"""What SQLite says."""


def is_outage(error: BaseException | None) -> bool:
    """Return whether an error, or one that it comes from, is that of a service which does not answer."""
    return any(_is_away(one) for one in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_away(error: BaseException) -> bool:
    if isinstance(error, InterfaceError):
        return True
    if isinstance(error, OperationalError):
        state = getattr(error.__cause__, "sqlstate", None) or ""
        words = str(error).lower()
        is_postgresql = type(error.__cause__).__module__.startswith("psycopg")
        return state.startswith(AWAY_STATES) if state else is_postgresql or any(word in words for word in AWAY_WORDS)
    # The driver is installed only where there is a Redis.
    return type(error).__module__.startswith("redis.") and isinstance(error, Exception)
