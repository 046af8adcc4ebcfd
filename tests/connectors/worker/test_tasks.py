from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from connectors.drafts import update
from connectors.drafts.update import Lookup
from connectors.models import CheckResult, ConnectorStaged, ValidationRun
from connectors.runs.runs import Kind, State
from connectors.worker import tasks
from connectors.worker.tasks import run_validation
from tests import factory, repositories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def not_stopping() -> Iterator[None]:
    yield
    tasks.STOPPING.clear()


@pytest.fixture
def mirror(tmp_path: Path, settings: Any) -> Path:
    """Fetch what is said to be on the host from a folder of this machine."""
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    settings.GIT_URL_REWRITES = {"https://github.com/": f"{(tmp_path / 'mirror').as_uri()}/"}
    return repositories.make(tmp_path / "mirror" / "acme" / "payments.git")


@pytest.fixture
def silence(tmp_path: Path, settings: Any) -> Iterator[None]:
    """Fetch from a server that never answers."""
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    with repositories.silent_server() as address:
        settings.GIT_URL_REWRITES = {"https://github.com/": address}
        yield


def work(row: ConnectorStaged, kind: str = Kind.PUBLISH) -> ValidationRun:
    """Do what the worker does with the message of the latest run."""
    run = factory.last_run(row, kind)
    run_validation.call(str(run.pk))
    run.refresh_from_db()
    row.refresh_from_db()
    return run


def in_thread(step: Callable[[], Any]) -> threading.Thread:
    def target() -> None:
        try:
            step()
        finally:
            connection.close()

    thread = threading.Thread(target=target)
    thread.start()
    return thread


def wait_for(state: str, run: ValidationRun) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        run.refresh_from_db()
        if run.state == state:
            return
        time.sleep(0.02)
    raise AssertionError(f"the run is {run.state}, not {state}")


def test_a_run_is_queued_with_a_message_after_the_commit() -> None:
    row = factory.draft()

    message = DBTaskResult.objects.get()

    assert message.queue_name == "validation"
    assert message.args_kwargs["args"] == [str(row.runs.get().pk)]


def test_a_tag_is_fetched_checked_and_published(mirror: Path) -> None:
    row = factory.publish(factory.draft(), certification=False)

    run = work(row)

    assert (row.status, run.state, run.attempt) == ("Published", State.PASSED, 1)
    assert run.commit == row.published.commit == repositories.commit_of(mirror)
    assert [c["applicationName"] for c in row.configurations] == ["service"]
    assert not list((mirror.parents[2] / "checkouts").iterdir())


def test_connect_yaml_is_read_soon_after_creation(mirror: Path) -> None:
    row = factory.draft()

    work(row, Kind.CONFIGURATION)

    assert (row.status, row.version) == ("Draft", 1)
    assert [c["applicationName"] for c in row.configurations] == ["service"]


def test_a_tag_that_does_not_exist_fails_the_draft(mirror: Path) -> None:
    row = factory.publish(factory.draft(repository={"url": repositories.URL, "tag": "9.9.9"}), certification=True)

    run = work(row)

    assert (row.status, run.state, run.commit) == ("Failed", State.FAILED, "")
    assert any("9.9.9" in e["message"] for e in row.publishing_report["entries"])


def test_a_message_that_comes_twice_does_nothing_the_second_time(mirror: Path) -> None:
    row = factory.publish(factory.draft(), certification=False)
    run = work(row)

    again = run_validation.call(str(run.pk))

    row.refresh_from_db()
    assert again == "nothing to do"
    assert (row.version, row.releases.count(), row.runs.get(pk=run.pk).attempt) == (3, 1, 1)


def test_a_fault_of_ours_is_an_attempt_and_then_an_entry(mirror: Path, settings: Any) -> None:
    settings.VALIDATION_SECONDS = "not a number"
    row = factory.publish(factory.draft(), certification=True)
    states = []
    for _ in range(3):
        run = work(row)
        states.append((run.state, run.attempt))
        ValidationRun.objects.update(not_before=timezone.now())

    assert states == [(State.QUEUED, 1), (State.QUEUED, 2), (State.ERRORED, 3)]
    assert row.status == "Failed"
    assert "fault on our side" in row.publishing_report["entries"][0]["message"]


def test_a_retry_waits_longer_with_each_attempt(mirror: Path, settings: Any) -> None:
    settings.VALIDATION_SECONDS = "not a number"
    row = factory.publish(factory.draft(), certification=True)

    run = work(row)

    assert run.not_before > timezone.now() + timedelta(seconds=1)
    message = DBTaskResult.objects.latest("enqueued_at")
    assert abs(message.run_after - run.not_before) < timedelta(seconds=1)


def test_a_checkout_folder_that_cannot_be_used_is_our_fault(mirror: Path, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.CHECKOUT_DIR = tmp_path / "file"
    row = factory.publish(factory.draft(), certification=True)

    run = work(row)

    assert (row.status, run.state) == ("Failed", State.ERRORED)
    assert any("fault on our side" in e["message"] for e in row.publishing_report["entries"])


def test_a_newer_request_stops_a_run_at_work_and_gets_the_result(silence: None) -> None:
    row = factory.draft()
    run = factory.last_run(row, Kind.CONFIGURATION)
    thread = in_thread(lambda: run_validation.call(str(run.pk)))
    wait_for(State.RUNNING, run)
    started = time.monotonic()

    factory.publish(row, certification=True)
    thread.join(10)

    assert not thread.is_alive()
    assert time.monotonic() - started < 5
    assert factory.last_run(row).state == State.QUEUED
    assert not CheckResult.objects.filter(run=run).exists()


def test_a_run_at_work_is_canceled_when_its_draft_is_deleted(silence: None, caplog: pytest.LogCaptureFixture) -> None:
    row = factory.draft()
    run = factory.last_run(row, Kind.CONFIGURATION)
    thread = in_thread(lambda: run_validation.call(str(run.pk)))
    wait_for(State.RUNNING, run)

    update.delete(Lookup(id=row.pk), by=factory.developer())
    thread.join(10)

    assert not thread.is_alive()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_draft_that_is_deleted_before_its_run_begins_is_no_fault(
    silence: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = factory.draft()
    run = factory.last_run(row, Kind.CONFIGURATION)
    plan = tasks.finish.plan

    def late(run: ValidationRun, *, lease: UUID) -> None:
        update.delete(Lookup(id=row.pk), by=factory.developer())
        plan(run, lease=lease)

    monkeypatch.setattr(tasks.finish, "plan", late)

    assert run_validation.call(str(run.pk)) == "lost"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_stop_gives_the_run_back_uncounted_with_a_new_message(silence: None) -> None:
    row = factory.publish(factory.draft(), certification=True)
    DBTaskResult.objects.all().delete()
    run = factory.last_run(row)
    thread = in_thread(lambda: run_validation.call(str(run.pk)))
    wait_for(State.RUNNING, run)

    tasks.STOPPING.set()
    thread.join(10)

    run.refresh_from_db()
    assert not thread.is_alive()
    assert (run.state, run.attempt, run.lease) == (State.QUEUED, 0, None)
    assert DBTaskResult.objects.filter(status="READY").count() == 1


def test_the_lease_is_renewed_while_the_engine_works(silence: None, settings: Any) -> None:
    settings.VALIDATION_LEASE_SECONDS = 1.5
    row = factory.publish(factory.draft(), certification=True)
    run = factory.last_run(row)
    thread = in_thread(lambda: run_validation.call(str(run.pk)))
    wait_for(State.RUNNING, run)
    first = run.lease_expires_at

    time.sleep(2.5)

    run.refresh_from_db()
    tasks.STOPPING.set()
    thread.join(10)
    assert run.state == State.RUNNING
    assert run.lease_expires_at > timezone.now() - timedelta(seconds=0.5) > first


def test_progress_is_seen_while_the_run_works(silence: None) -> None:
    row = factory.publish(factory.draft(), certification=True)
    run = factory.last_run(row)
    thread = in_thread(lambda: run_validation.call(str(run.pk)))
    wait_for(State.RUNNING, run)

    time.sleep(1)

    shown = dict(run.results.values_list("check_id", "outcome"))
    tasks.STOPPING.set()
    thread.join(10)
    assert shown["repository"] == "running"
    assert set(shown.values()) == {"running", "queued"}


def test_a_result_is_stored_when_the_database_is_locked_for_a_while(mirror: Path) -> None:
    """Another writer holds the draft while the run ends; on SQLite this is a lock of the whole database."""
    row = factory.publish(factory.draft(), certification=False)
    run = factory.last_run(row)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with update.changing(Lookup(id=row.id), by=factory.WORKER, derived=True):
            held.set()
            release.wait(10)

    worker = in_thread(lambda: run_validation.call(str(run.pk)))
    wait_for(State.RUNNING, run)
    holder = in_thread(hold)
    held.wait(10)
    time.sleep(2)
    release.set()
    holder.join(10)
    worker.join(20)

    row.refresh_from_db()
    assert row.status == "Published"
    assert row.releases.count() == 1
