"""What happens when PostgreSQL ends the connections that somebody holds; on SQLite there is nothing to end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.db import connection

from config.wsgi import application
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs.runs import State
from connectors.worker import process, tasks
from database import statements
from tests import api, factory
from validator import pipeline
from validator.process import StoppedError
from validator.results import Report

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]


def drop_others() -> None:
    """End the server's side of every other connection to this database, and return when all are gone."""
    clients = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    for (pid,) in statements.rows(f"{clients} AND pid <> pg_backend_pid()"):
        ((ended,),) = statements.rows("SELECT pg_terminate_backend(%s, 30000)", [pid])
        assert ended


def drop_mine() -> None:
    """End the server's side of this thread's connection, which hears nothing of it."""
    thread = threading.Thread(target=lambda: (drop_others(), connection.close()))
    thread.start()
    thread.join(30)


def served(path: str, *, token: str) -> int:
    """Return the status of a request that comes from a web server; the test client leaves connections alone."""
    statuses: list[int] = []
    environ: dict[str, Any] = {"PATH_INFO": path, "HTTP_AUTHORIZATION": f"Bearer {token}"}
    setup_testing_defaults(environ)
    answer = application(environ, lambda status, _: statuses.append(int(status.split()[0])))
    for _ in answer:
        pass
    answer.close()
    return statuses[0]


def test_requests_of_every_thread_are_answered_after_the_server_dropped_the_connections() -> None:
    token = api.token(factory.api_client())
    path = f"/connectors/drafts/{factory.draft().pk}"
    opened, dropped, statuses = threading.Barrier(4), threading.Barrier(4), []

    def ask() -> None:
        try:
            served(path, token=token)
            opened.wait(30)
            dropped.wait(30)
            statuses.append(served(path, token=token))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    opened.wait(30)
    drop_others()
    dropped.wait(30)
    for thread in threads:
        thread.join(30)

    assert statuses == [200, 200, 200]


def test_a_worker_takes_the_next_message_after_the_server_dropped_its_connection() -> None:
    row = factory.draft()
    drop_mine()

    assert process.take_message()

    assert ConnectorStaged.objects.filter(pk=row.pk).exists()


def ended(**_: Any) -> Report:
    return Report(commit=factory.COMMIT, tree=None, specification=None, results=(), rule_pack="1")


def stopped(**_: Any) -> Report:
    tasks.STOPPING.set()
    raise StoppedError


def broken(**_: Any) -> Report:
    raise RuntimeError("The engine broke.")


@pytest.mark.parametrize(
    ("engine", "state", "attempt"),
    [(ended, State.PASSED, 1), (stopped, State.QUEUED, 0), (broken, State.QUEUED, 1)],
    ids=["ended", "stopped", "broken"],
)
def test_the_end_of_a_run_is_written_after_the_server_dropped_the_connection_meanwhile(
    engine: Callable[..., Report], state: str, attempt: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def validate(*_: object, **__: object) -> Report:
        drop_mine()
        return engine()

    run = factory.last_run(factory.publish(factory.draft(), certification=False))
    monkeypatch.setattr(pipeline, "validate", validate)

    try:
        tasks.run_validation.call(str(run.pk))
    finally:
        tasks.STOPPING.clear()

    found = ValidationRun.objects.get(pk=run.pk)
    assert (found.state, found.attempt) == (state, attempt)
