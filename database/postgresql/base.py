"""The database backend of the portal on PostgreSQL; `config.environment.database` names it."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorWrapper
from psycopg.pq import ConnStatus


class DatabaseOperations(operations.DatabaseOperations):
    """Can tell of a prepared statement what was executed, as of any other."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Return the statement with its values in it, for logs and tests."""
        if isinstance(cursor, base.ServerBindingCursor):
            return str(self.compose_sql(sql, params))
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks at idle connections instead of asking the server, and binds the values of some statements there."""

    ops_class = DatabaseOperations

    def is_usable(self) -> bool:
        """Tell whether the server still listens at the other end.

        Django asks by a statement, once for each request. A server that ends, restarts or drops a connection says so
        before: then something waits to be read, on a connection that nobody has sent anything. What breaks without a
        word is noticed by TCP, as it would be with a statement.
        """
        connection = self.connection
        if connection is None or connection.closed or connection.pgconn.status != ConnStatus.OK:
            return False
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN | select.POLLPRI)
        return not poll.poll(0)

    def close_if_health_check_failed(self) -> None:
        """Close a connection that the server dropped, so that the next statement opens another.

        Django looks once for each request. Outside a transaction this looks before each statement, which costs no
        statement: a worker computes for minutes between two of them.
        """
        if not self.in_atomic_block:
            self.health_check_done = False
        super().close_if_health_check_failed()

    @contextmanager
    def preparing(self) -> Iterator[CursorWrapper]:
        """Open a cursor that sends values beside the text, so that PostgreSQL can keep the plan of a statement.

        Not for the statements of the ORM: the type of a value then depends on where it stands in the text, and some
        expressions have no place that would tell.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            # The stubs know neither.
            cursor = self._prepare_cursor(base.ServerBindingCursor(self.connection))  # type: ignore[attr-defined,call-arg]
        with cursor:
            yield cursor
