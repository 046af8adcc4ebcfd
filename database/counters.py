"""Counters that end by themselves, each counted up by one atomic statement.

They are rows and no cache entries: a full cache drops entries, and a cache in the database cannot count in one step.
The statement is the same on SQLite and PostgreSQL, where parallel requests wait for one another's row and are all
counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from database import statements

ADD = """
INSERT INTO {table} (key, count, ends_at) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE
        WHEN {table}.ends_at <= %s THEN 1
        WHEN {table}.count > %s THEN {table}.count
        ELSE {table}.count + 1
    END,
    ends_at = CASE WHEN {table}.ends_at <= %s THEN excluded.ends_at ELSE {table}.ends_at END
RETURNING count, ends_at
"""


@dataclass(frozen=True)
class Counted:
    """How often something happened, and the moment at which counting begins again, in seconds since 1970."""

    count: int
    ends_at: float


def add(table: str, key: str, *, most: int, seconds: float, now: float) -> Counted:
    """Count one for a key, and return its counter.

    A counter begins with the first count and ends `seconds` later. It stops at one more than `most`, which says that
    this one was too many.
    """
    ((count, ends_at),) = statements.rows(ADD.format(table=table), [key, now + seconds, now, most, now])
    return Counted(count, ends_at)


def read(table: str, keys: Iterable[str], *, now: float) -> dict[str, Counted]:
    """Return the counters of these keys that have not ended."""
    wanted = list(keys)
    places = ", ".join(["%s"] * len(wanted))
    query = f"SELECT key, count, ends_at FROM {table} WHERE key IN ({places}) AND ends_at > %s"
    return {key: Counted(count, ends_at) for key, count, ends_at in statements.rows(query, [*wanted, now])}


def forget(table: str, *, before: float) -> int:
    """Delete the counters that ended before a moment; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE ends_at < %s", [before])
        return int(cursor.rowcount)
