"""The worker as a process: killed, stopped, cut off from its database, and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.mail import account_mails
from accounts.models import Event
from connectors.fetches import repository_previews
from connectors.models import ConnectorStaged, PreviewFetch, Release, ValidationRun
from connectors.runs.runs import Kind, State
from connectors.worker import queues
from tests import factory, repositories
from tests.root import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = 2.0
PROCESSES = 1 + len(queues.RESERVED)
"""The supervisor, and the processes beside those for validations."""


class Machine:
    """A machine that runs workers over the database of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.mirror = repositories.make(folder / "mirror" / "acme" / "payments.git")

    def start(self, *, source: str | None = None, processes: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker that fetches from the mirror, or from another source."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
            "VAR_DIR": str(self.folder / "var"),
            "CHECKOUT_DIR": str(self.folder / "checkouts"),
            "VALIDATION_LEASE_SECONDS": str(LEASE),
            "GIT_URL_REWRITES": json.dumps({"https://github.com/": source or f"{(self.folder / 'mirror').as_uri()}/"}),
        }
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "worker", "--processes", str(processes)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # A shell that runs the tests in the background ignores Ctrl-C for everything that it starts.
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
            )
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a worker with all its processes, as a power failure does."""
        for pid in family(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def log(self) -> str:
        return (self.folder / "worker.log").read_text(errors="replace")

    def leftovers(self) -> list[Path]:
        checkouts = self.folder / "checkouts"
        return list(checkouts.iterdir()) if checkouts.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    found = Machine(tmp_path)
    yield found
    for process in found.processes:
        if process.poll() is None:
            found.kill(process)


def database_url() -> str:
    """Return the address of the test's own database, for other processes."""
    row = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{row['NAME']}"
    where = "&".join(
        f"{key}={quote(str(row[name]), safe='')}"
        for key, name in (("host", "HOST"), ("port", "PORT"), ("user", "USER"), ("password", "PASSWORD"))
        if row[name]
    )
    return f"postgresql:///{row['NAME']}?{where}"


def family(pid: int) -> list[int]:
    """Return a process and everything it started, the youngest first."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
            found += [int(word) for word in children.split()]
    return found[::-1]


def eventually(condition: Callable[[], bool], *, seconds: float = 40, log: Callable[[], str] = str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, log()
        time.sleep(0.05)


def status(row: ConnectorStaged) -> str:
    return ConnectorStaged.objects.values_list("status", flat=True).get(pk=row.pk)


def published() -> tuple[ConnectorStaged, ValidationRun]:
    row = factory.publish(factory.draft(), certification=False)
    return row, factory.last_run(row)


def is_running(run: ValidationRun) -> bool:
    return ValidationRun.objects.filter(pk=run.pk, state=State.RUNNING).exists()


def assert_published_once(row: ConnectorStaged, machine: Machine) -> None:
    row.refresh_from_db()
    assert row.status == "Published"
    assert Release.objects.get(draft=row).commit == repositories.commit_of(machine.mirror)
    assert Event.objects.filter(subject_id=str(row.id), name="connector:published").count() == 1
    assert row.version == 3


def test_a_publish_begins_at_once(machine: Machine) -> None:
    machine.start()
    first, _ = published()
    eventually(lambda: status(first) == "Published", log=machine.log)

    _, run = published()
    eventually(lambda: not ValidationRun.objects.filter(pk=run.pk, state=State.QUEUED).exists(), log=machine.log)

    run.refresh_from_db()
    assert (run.started_at - run.queued_at).total_seconds() < 1.0


@pytest.mark.security
def test_a_silent_host_holds_up_neither_mails_nor_looks(machine: Machine) -> None:
    _, run = published()
    with repositories.silent_server() as silent:
        machine.start(source=silent)
        eventually(lambda: is_running(run), log=machine.log)
        looks = [previewed(tag) for tag in ("1.0.0", "2.0.0")]
        eventually(lambda: all(is_being_read(look) for look in looks), log=machine.log)
        notice = account_mails.send_notice.enqueue("mfa/email/totp_activated", "a@example.com", {"account": "a"}, [])
        eventually(lambda: DBTaskResult.objects.get(pk=notice.id).status == "SUCCESSFUL", log=machine.log)

        assert is_running(run)


def previewed(tag: str) -> int:
    """Ask for a look at the repository of the factory's drafts."""
    project = factory.project()
    answer = repository_previews.ask(repositories.URL, tag=tag, project=project, by=factory.owner(project))
    assert answer.asked is not None
    return answer.asked


def is_being_read(look: int) -> bool:
    return PreviewFetch.objects.filter(pk=look, state=PreviewFetch.State.RUNNING).exists()


def test_a_worker_killed_in_the_middle_loses_nothing(machine: Machine) -> None:
    row, run = published()
    with repositories.silent_server() as silent:
        worker = machine.start(source=silent)
        eventually(lambda: is_running(run) and bool(machine.leftovers()), log=machine.log)
        time.sleep(0.5)
        machine.kill(worker)
    assert status(row) == "Processing"
    assert machine.leftovers()

    machine.start()
    eventually(lambda: status(row) == "Published", log=machine.log)

    assert_published_once(row, machine)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.PASSED, 2)
    assert not machine.leftovers()
    eventually(lambda: not DBTaskResult.objects.filter(status="RUNNING").exists(), log=machine.log)


def test_a_worker_killed_again_and_again_ends_in_an_entry(machine: Machine) -> None:
    row, run = published()
    with repositories.silent_server() as silent:
        for attempt in (1, 2, 3):
            worker = machine.start(source=silent)
            eventually(
                lambda attempt=attempt: ValidationRun.objects.filter(
                    pk=run.pk, state=State.RUNNING, attempt=attempt
                ).exists(),
                log=machine.log,
            )
            machine.kill(worker)

    machine.start()
    eventually(lambda: status(row) == "Failed", log=machine.log)

    row.refresh_from_db()
    run.refresh_from_db()
    assert run.state == State.ERRORED
    assert [e["type"] for e in row.publishing_report["entries"]] == ["Error"]
    assert Event.objects.filter(subject_id=str(row.id), name="connector:rejected").count() == 1


def test_a_process_of_the_worker_that_is_killed_is_replaced(machine: Machine) -> None:
    worker = machine.start()
    eventually(lambda: len(family(worker.pid)) == 1 + PROCESSES, log=machine.log)
    child = family(worker.pid)[:-1][-1]

    os.kill(child, signal.SIGKILL)
    row, _ = published()
    eventually(lambda: status(row) == "Published", log=machine.log)

    assert worker.poll() is None
    assert child not in family(worker.pid)


def test_processes_do_not_outlive_a_supervisor_that_is_killed(machine: Machine) -> None:
    worker = machine.start(processes=2)
    eventually(lambda: len(family(worker.pid)) == 2 + PROCESSES, log=machine.log)
    children = family(worker.pid)[:-1]

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    eventually(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in children), log=machine.log)


def test_a_worker_asked_to_stop_gives_its_run_back(machine: Machine) -> None:
    row, run = published()
    with repositories.silent_server() as silent:
        worker = machine.start(source=silent)
        eventually(lambda: is_running(run) and bool(machine.leftovers()), log=machine.log)
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(20)

    run.refresh_from_db()
    assert code == 0
    assert (run.state, run.attempt) == (State.QUEUED, 0)
    assert not machine.leftovers()
    machine.start()
    eventually(lambda: status(row) == "Published", log=machine.log)
    assert_published_once(row, machine)


def test_two_workers_share_the_load_and_do_nothing_twice(machine: Machine) -> None:
    rows = [published()[0] for _ in range(8)]

    machine.start(processes=2)
    machine.start()
    eventually(lambda: all(status(row) == "Published" for row in rows), seconds=90, log=machine.log)

    for row in rows:
        assert_published_once(row, machine)
    assert set(ValidationRun.objects.filter(kind=Kind.PUBLISH).values_list("attempt", flat=True)) == {1}


def test_a_worker_outlives_a_database_that_cannot_be_used_for_a_while(machine: Machine) -> None:
    """SQLite: another program holds the lock for longer than anybody waits. PostgreSQL: every connection is cut."""
    worker = machine.start()
    first, _ = published()
    eventually(lambda: status(first) == "Published", log=machine.log)
    second, _ = published()

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN EXCLUSIVE")
            time.sleep(3)
            cursor.execute("COMMIT")
    else:
        row = connection.settings_dict
        where = {"host": row["HOST"], "port": row["PORT"], "user": row["USER"], "password": row["PASSWORD"]}
        with psycopg.connect(dbname="postgres", autocommit=True, **{k: v for k, v in where.items() if v}) as admin:
            for _ in range(10):
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
                    [row["NAME"], connection.connection.info.backend_pid],
                )
                time.sleep(0.2)
    third, _ = published()
    eventually(lambda: status(second) == status(third) == "Published", seconds=60, log=machine.log)

    assert worker.poll() is None
    for row in (first, second, third):
        assert_published_once(row, machine)


def test_a_worker_ends_with_status_zero_on_ctrl_c(machine: Machine) -> None:
    worker = machine.start()
    eventually(lambda: "is ready" in machine.log(), log=machine.log)
    started = timezone.now()

    worker.send_signal(signal.SIGINT)

    assert worker.wait(10) == 0
    assert (timezone.now() - started).total_seconds() < 5


def test_a_worker_ends_on_many_signals_at_once(machine: Machine) -> None:
    worker = machine.start(processes=2)
    eventually(lambda: len(family(worker.pid)) == 2 + PROCESSES, log=machine.log)

    for _ in range(200):
        for pid in family(worker.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    assert worker.wait(15) == 0
    assert "ended with" not in machine.log()


def test_a_worker_that_is_stopped_while_it_starts_ends(machine: Machine) -> None:
    worker = machine.start(processes=4)
    eventually(lambda: "is ready" in machine.log(), log=machine.log)

    os.killpg(worker.pid, signal.SIGTERM)

    assert worker.wait(15) == 0
