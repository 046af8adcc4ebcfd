from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Project
from connectors.limits import TooManyRequests
from connectors.models import CheckResult, ConnectorStaged, ValidationRun
from connectors.runs import runs
from connectors.runs.runs import Kind, State
from tests import factory

pytestmark = pytest.mark.django_db

LEASE = 60


def waiting(row: ConnectorStaged, kind: str = Kind.CONFIGURATION) -> ValidationRun:
    return factory.last_run(row, kind)


def claim(run: ValidationRun, **later: float) -> Any:
    return runs.claim(run.pk, now=timezone.now() + timedelta(**later), lease_seconds=LEASE)


def test_a_waiting_run_is_claimed_by_one_only() -> None:
    run = waiting(factory.draft())

    leases = [claim(run), claim(run)]

    run.refresh_from_db()
    assert leases == [run.lease, None]
    assert (run.state, run.attempt) == (State.RUNNING, 1)


def test_a_run_that_has_to_wait_is_not_claimed_before() -> None:
    run = waiting(factory.draft())
    ValidationRun.objects.update(not_before=timezone.now() + timedelta(seconds=30))

    assert claim(run) is None
    assert claim(run, seconds=31) is not None


def test_a_run_whose_lease_ended_is_claimed_by_the_next() -> None:
    run = waiting(factory.draft())
    first = claim(run)

    second = claim(run, seconds=LEASE + 1)

    run.refresh_from_db()
    assert run.lease == second != first
    assert run.attempt == 2


def test_a_run_without_an_attempt_left_is_not_claimed(settings: Any) -> None:
    settings.VALIDATION_ATTEMPTS = 2
    run = waiting(factory.draft())

    found = [claim(run, seconds=n * (LEASE + 1)) is not None for n in range(3)]

    assert found == [True, True, False]
    assert runs.exhausted(timezone.now() + timedelta(hours=1)) == [run.pk]


def test_a_lease_is_renewed_by_its_holder_only() -> None:
    run = waiting(factory.draft())
    lease = claim(run)
    later = timezone.now() + timedelta(seconds=50)

    assert runs.renew(run.pk, lease=lease, now=later, lease_seconds=LEASE)
    assert not runs.renew(run.pk, lease=uuid4(), now=later, lease_seconds=LEASE)

    run.refresh_from_db()
    assert run.lease_expires_at == later + timedelta(seconds=LEASE)


def test_a_newer_request_takes_the_lease_away() -> None:
    row = factory.draft()
    run = waiting(row)
    lease = claim(run)
    CheckResult.objects.create(run=run, check_id="secrets", position=0, title="Secrets", level="required")

    factory.act(row, {"action": "setRepository", "tag": "2.0.0"})

    run.refresh_from_db()
    assert run.state == State.SUPERSEDED
    assert not runs.held(run.pk, lease=lease)
    assert not run.results.exists()


def test_a_publish_drops_the_reading_of_connect_yaml() -> None:
    row = factory.draft()

    factory.publish(row, certification=False)

    assert waiting(row).state == State.SUPERSEDED
    assert waiting(row, Kind.PUBLISH).state == State.QUEUED


@pytest.mark.parametrize(("counts", "attempt"), [(True, 1), (False, 0)])
def test_a_run_that_is_given_back_waits_again(counts: bool, attempt: int) -> None:
    run = waiting(factory.draft())
    lease = claim(run)
    now = timezone.now()

    given = runs.give_back(run.pk, lease=lease, now=now, counts=counts, wait=timedelta(seconds=5))

    run.refresh_from_db()
    assert given
    assert (run.state, run.lease, run.attempt, run.not_before) == (
        State.QUEUED,
        None,
        attempt,
        now + timedelta(seconds=5),
    )


def test_a_run_of_others_is_not_given_back() -> None:
    run = waiting(factory.draft())
    claim(run)

    assert not runs.give_back(run.pk, lease=uuid4(), now=timezone.now(), counts=True)


def served(now: Any, times: int) -> list[str]:
    """Let one worker take turns and end each run at once; return the Projects in the order they were served."""
    order = []
    for n in range(times):
        moment = now + timedelta(seconds=n)
        run_id = runs.next_in_turn(now=moment)
        assert run_id is not None
        runs.claim(run_id, now=moment, lease_seconds=LEASE)
        ValidationRun.objects.filter(pk=run_id).update(state=State.PASSED, lease=None, lease_expires_at=None)
        order.append(ValidationRun.objects.get(pk=run_id).draft.project.key)
    return order


def test_a_flood_of_one_project_delays_another_by_one_run() -> None:
    flood, small = factory.project("flood"), factory.project("small")
    for _ in range(5):
        factory.draft(flood)
    factory.draft(small)
    factory.draft(small)

    order = served(timezone.now(), 7)

    assert order == ["flood", "small", "flood", "small", "flood", "flood", "flood"]


def test_a_free_worker_goes_to_the_project_that_has_none() -> None:
    flood, small = factory.project("flood"), factory.project("small")
    for _ in range(3):
        factory.draft(flood)
    now = timezone.now()
    first = runs.next_in_turn(now=now)
    assert first is not None
    runs.claim(first, now=now, lease_seconds=LEASE)
    late = factory.draft(small)

    turn = runs.next_in_turn(now=timezone.now())

    assert turn == waiting(late).pk


def test_within_a_project_the_oldest_comes_first() -> None:
    rows = [factory.draft() for _ in range(3)]
    now = timezone.now()
    for n, row in enumerate(rows):
        row.runs.update(queued_at=now - timedelta(minutes=n))

    assert runs.next_in_turn(now=now) == waiting(rows[2]).pk


def test_no_run_waits_and_nobody_has_a_turn() -> None:
    assert runs.next_in_turn(now=timezone.now()) is None


def test_whose_turn_it_is_costs_three_queries_at_most(django_assert_max_num_queries: Any) -> None:
    for n in range(4):
        factory.draft(factory.project(f"project-{n}"))

    with django_assert_max_num_queries(4):
        runs.next_in_turn(now=timezone.now())


def test_more_open_validations_than_the_quota_are_refused(settings: Any) -> None:
    settings.VALIDATION_QUOTA = 2
    for _ in range(2):
        factory.publish(factory.draft(), certification=False)
    third = factory.draft()

    with pytest.raises(TooManyRequests, match="This Project has 2 checks waiting or running"):
        factory.publish(third, certification=False)

    third.refresh_from_db()
    assert (third.status, third.version) == ("Draft", 1)


def started_reads(number: int, *, of: Project, minutes_ago: int = 1) -> None:
    """Start reads of connect.yaml."""
    at = timezone.now() - timedelta(minutes=minutes_ago)
    for _ in range(number):
        factory.draft(of).runs.update(state=State.PASSED, started_at=at)


@pytest.mark.security
def test_reads_beyond_the_limit_of_a_project_wait_and_refuse_nothing(settings: Any) -> None:
    settings.LIMITS = {"reads": 2}
    busy, other = factory.project(), factory.project("other")
    started_reads(2, of=busy)

    waits, now = factory.draft(busy).runs.get(), timezone.now()

    assert runs.rests(waits, now=now)
    assert runs.next_in_turn(now=now) is None
    theirs = factory.draft(other).runs.get()
    assert runs.next_in_turn(now=timezone.now()) == theirs.pk
    assert not runs.rests(theirs, now=timezone.now())
    assert runs.next_in_turn(now=now + timedelta(minutes=10)) is not None


@pytest.mark.security
def test_other_runs_overtake_reads_that_wait(settings: Any) -> None:
    settings.LIMITS = {"reads": 1}
    project = factory.project()
    started_reads(1, of=project)
    factory.draft(project)

    published = factory.publish(factory.draft(project), certification=False)

    assert runs.next_in_turn(now=timezone.now()) == factory.last_run(published).pk


def test_reads_never_wait_while_limits_are_off(settings: Any) -> None:
    settings.LIMITS, settings.RATE_LIMITS = {"reads": 1}, False
    started_reads(3, of=factory.project())

    row = factory.draft().runs.get()

    assert runs.next_in_turn(now=timezone.now()) == row.pk


def test_the_quota_counts_neither_other_projects_nor_what_ended(settings: Any) -> None:
    settings.VALIDATION_QUOTA = 1
    factory.publish(factory.draft(factory.project("other")), certification=False)

    for _ in range(60):
        factory.validated(factory.publish(factory.draft(), certification=True))

    assert ConnectorStaged.objects.filter(status="ReadyForCertification").count() == 60


def test_a_preview_requested_again_does_not_count_twice(settings: Any) -> None:
    settings.VALIDATION_QUOTA = 1
    row = factory.act(factory.draft(), {"action": "updatePreviewable"})

    factory.act(row, {"action": "setRepository", "tag": "2.0.0"}, {"action": "updatePreviewable"})

    assert row.runs.filter(kind=Kind.PREVIEW, state=State.QUEUED).count() == 1
