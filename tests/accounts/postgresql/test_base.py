"""The database backend on PostgreSQL; on SQLite there is nothing to test."""

from __future__ import annotations

import time

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts import statements

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]


@pytest.fixture
def idle() -> object:
    """Return a second connection to the tests' database, opened and then left alone."""
    second = connections["default"].copy()
    second.ensure_connection()
    yield second
    second.close()


def test_idle_connection_is_usable_without_a_word_to_the_server(idle: object) -> None:
    before = idle.connection.info.transaction_status

    assert idle.is_usable()

    assert idle.connection.info.transaction_status == before


def test_connection_that_the_server_ended_is_not_usable(idle: object) -> None:
    pid = idle.connection.info.backend_pid

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    for _ in range(100):
        if not idle.is_usable():
            break
        time.sleep(0.05)

    assert not idle.is_usable()


def test_closed_connection_is_not_usable(idle: object) -> None:
    idle.connection.close()

    assert not idle.is_usable()


def test_statement_that_comes_again_is_prepared() -> None:
    for n in range(5):
        assert statements.row("SELECT %s::int + 40", [n]) == (n + 40,)

    prepared = statements.rows("SELECT statement FROM pg_prepared_statements")

    assert ("SELECT $1::int + 40",) in prepared


def test_log_tells_the_values_of_a_prepared_statement() -> None:
    with CaptureQueriesContext(connection) as captured:
        statements.row("SELECT %s::text", ["it's"])

    assert captured[0]["sql"] == "SELECT 'it''s'::text"
