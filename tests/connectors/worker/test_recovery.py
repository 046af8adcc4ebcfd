from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.idp.oidc.models import Token
from django.core.cache import cache
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Event
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs
from connectors.runs.runs import Kind, State
from connectors.worker import recovery
from connectors.worker.recovery import Recovered
from connectors.worker.tasks import run_validation
from tests import factory

pytestmark = pytest.mark.django_db(transaction=True)

NEVER = Recovered()


def abandoned(*, attempt: int = 1, kind: str = Kind.PUBLISH) -> tuple[ConnectorStaged, ValidationRun]:
    """Return a draft whose worker was killed a while ago, with its message still said to be running."""
    row = factory.draft()
    if kind == Kind.PUBLISH:
        factory.publish(row, certification=True)
    run = factory.last_run(row, kind)
    before = timezone.now() - timedelta(minutes=5)
    messages().update(status="RUNNING", started_at=before)
    ValidationRun.objects.filter(pk=run.pk).update(
        state=State.RUNNING,
        lease=uuid4(),
        lease_expires_at=before + timedelta(minutes=1),
        started_at=before,
        attempt=attempt,
    )
    return row, run


def messages() -> Any:
    """Return the messages of validations; others, such as mails, have their own."""
    return DBTaskResult.objects.filter(task_path=run_validation.module_path)


def ready() -> int:
    return int(messages().filter(status="READY").count())


def test_a_run_whose_worker_is_gone_is_queued_again_with_a_message() -> None:
    _, run = abandoned()

    found = recovery.recover()

    run.refresh_from_db()
    assert (run.state, run.lease, run.attempt) == (State.QUEUED, None, 1)
    assert found.requeued == 1
    assert ready() == 1


def test_a_run_at_work_is_left_alone() -> None:
    factory.publish(factory.draft(), certification=True)
    run = ValidationRun.objects.get(kind=Kind.PUBLISH)
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now())
    runs.claim(run.pk, now=timezone.now(), lease_seconds=60)

    assert recovery.recover() == NEVER


def test_after_the_last_attempt_the_draft_fails_with_an_entry() -> None:
    row, run = abandoned(attempt=3)

    found = recovery.recover()

    run.refresh_from_db()
    row.refresh_from_db()
    assert found.given_up == 1
    assert (row.status, run.state) == ("Failed", State.ERRORED)
    assert row.publishing_report["entries"][0]["type"] == "Error"
    assert Event.objects.filter(name="connector:rejected").count() == 1
    assert ready() == 0


def test_a_draft_whose_connect_yaml_could_not_be_read_stays_as_it_is() -> None:
    row, run = abandoned(attempt=3, kind=Kind.CONFIGURATION)
    before = row.document

    recovery.recover()

    run.refresh_from_db()
    row.refresh_from_db()
    assert run.state == State.ERRORED
    assert row.document == before


def test_two_sweeps_do_no_more_than_one() -> None:
    abandoned(attempt=3)
    abandoned()
    recovery.recover()

    assert recovery.recover() == NEVER


def test_a_waiting_run_whose_message_was_lost_gets_another() -> None:
    factory.draft()
    DBTaskResult.objects.all().delete()
    later = timezone.now() + timedelta(minutes=1)

    found = recovery.recover(later)

    assert found.announced == 1
    assert ready() == 1
    assert recovery.recover(later) == NEVER


def test_a_run_that_just_came_is_not_announced_twice() -> None:
    factory.draft()
    DBTaskResult.objects.all().delete()

    assert recovery.recover() == NEVER


def test_a_message_whose_worker_is_gone_is_closed() -> None:
    abandoned()

    recovery.recover()

    closed = messages().exclude(status="READY")
    assert set(closed.values_list("status", flat=True)) == {"FAILED"}
    assert all(row.finished_at for row in closed)


def test_a_task_of_others_is_closed_only_when_it_runs_for_too_long(settings: Any) -> None:
    settings.VALIDATION_SECONDS = 600
    run_validation.enqueue("00000000-0000-0000-0000-000000000000")
    now = timezone.now()
    DBTaskResult.objects.update(task_path="other.task", status="RUNNING", started_at=now)

    assert recovery.recover(now + timedelta(minutes=5)) == NEVER
    assert recovery.recover(now + timedelta(minutes=12)).closed == 1


def test_housekeeping_is_done_once_a_day() -> None:
    cache.delete("housekeeping")
    factory.draft()
    long_ago = timezone.now() - timedelta(days=30)
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=long_ago)
    client = factory.api_client().api_client.client
    Token.objects.create(client=client, type=Token.Type.ACCESS_TOKEN, hash="a" * 64, expires_at=long_ago)

    first, second = recovery.prune_daily(), recovery.prune_daily()

    assert (first, second) == (True, False)
    assert not DBTaskResult.objects.exists()
    assert not Token.objects.exists()
