"""The database backend on PostgreSQL; on SQLite there is nothing to test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from database import statements
from tests import api, factory
from tests.api import Api

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


def drop(pid: int) -> None:
    """End the server's side of a connection, and return when it is gone."""
    ((ended,),) = statements.rows("SELECT pg_terminate_backend(%s, 30000)", [pid])
    assert ended


def test_idle_connection_is_usable_without_a_word_to_the_server(idle: object) -> None:
    before = idle.connection.info.transaction_status

    assert idle.is_usable()

    assert idle.connection.info.transaction_status == before


def test_connection_that_the_server_ended_is_not_usable(idle: object) -> None:
    drop(idle.connection.info.backend_pid)

    assert not idle.is_usable()


def select(of: Any) -> None:
    with of.cursor() as cursor:
        cursor.execute("SELECT 1")


def prepare(of: Any) -> None:
    with of.preparing() as cursor:
        cursor.execute("SELECT %s::int", [1])


def begin(of: Any) -> None:
    of.set_autocommit(False)
    select(of)
    of.rollback()
    of.set_autocommit(True)


@pytest.mark.parametrize("then", [select, prepare, begin])
@pytest.mark.parametrize("before", [lambda of: None, select, prepare], ids=["nothing", "select", "prepare"])
def test_work_goes_on_after_the_server_dropped_the_connection(
    before: Callable[[Any], None], then: Callable[[Any], None], idle: Any
) -> None:
    idle.close_if_unusable_or_obsolete()
    before(idle)
    drop(idle.connection.info.backend_pid)

    then(idle)

    assert idle.is_usable()


def test_connection_dropped_within_a_transaction_is_not_replaced(idle: Any) -> None:
    idle.set_autocommit(False)
    idle.in_atomic_block = True
    drop(idle.connection.info.backend_pid)

    with pytest.raises(OperationalError):
        prepare(idle)

    idle.in_atomic_block = False


def test_requests_of_every_thread_are_answered_after_the_server_dropped_the_connections() -> None:
    token = api.token(factory.api_client())
    path = f"/connectors/drafts/{factory.draft().pk}"
    opened, dropped, statuses = threading.Barrier(4), threading.Barrier(4), []

    def ask() -> None:
        caller = Api(token)
        try:
            caller.get(path)
            opened.wait(30)
            dropped.wait(30)
            statuses.append(caller.get(path).status)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    opened.wait(30)
    clients = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    for (pid,) in statements.rows(f"{clients} AND pid <> pg_backend_pid()"):
        drop(pid)
    dropped.wait(30)
    for thread in threads:
        thread.join(30)

    assert statuses == [200, 200, 200]


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
