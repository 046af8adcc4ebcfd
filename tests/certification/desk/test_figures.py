"""The figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import User
from accounts.roles import Role
from certification.decisions import certificate, changes, failure
from certification.desk import claims, figures
from certification.rounds import conversation, submissions
from certification.verdicts import waiver_decisions
from connectors.models import Finding
from tests import factory
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "median", "p80"),
    [([], None, None), ([3], 3, 3), ([1, 2, 3, 4, 5], 3, 4), ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5, 8)],
)
def test_a_spread_is_median_and_eight_of_ten(values: list[float], median: float | None, p80: float | None) -> None:
    found = figures.spread(values)

    assert (found.count, found.median, found.p80) == (len(values), median, p80)


def test_an_empty_desk_has_figures() -> None:
    found = figures.compute(now=MONDAY).as_json()

    assert (found["open"], found["to_first_answer"]["count"], found["rules"]) == (0, 0, ())


def test_times_rounds_and_load_are_counted(world: World, reviewer: User) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        draft = world.submitted()
        clock.shift(timedelta(days=1))
        claims.start(draft.pk, by=reviewer)
        conversation.request(draft.pk, by=reviewer, text="Read the port.")
        changes.request_changes(draft.pk, by=reviewer)
        clock.shift(timedelta(days=2))
        world.tag("1.0.1", {"README.md": "x"})
        submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
        world.admitted(draft)
        claims.start(draft.pk, by=reviewer)
        world.decided(draft, reviewer)
        certificate.certify(draft.pk, by=reviewer)
        late = world.submitted(key="late")
        claims.start(late.pk, by=world.person("Rob"))
        clock.shift(timedelta(days=21))

        found = figures.compute(now=datetime.now(tz=UTC))

    assert (found.open, found.overdue, found.waiting_for_developer) == (1, 1, 0)
    assert found.to_first_answer == figures.Spread(2, 0.0, 1.0)
    assert found.rounds_to_decision == {"2": 1}
    assert found.to_decision["First"].count == 1
    assert [(load.reviewer, load.open, load.overdue, load.decided) for load in found.load] == [
        ("Rob", 1, 1, 0),
        ("Rita", 0, 0, 1),
    ]
    assert sum(week.opened for week in found.weeks) == 3
    assert sum(week.certified for week in found.weeks) == 1


@pytest.mark.parametrize(
    ("decided_at", "late"),
    [
        (datetime(2026, 12, 4, 23, 59, tzinfo=UTC), 0),
        # On the weekend no business time has passed, and yet it is over.
        (datetime(2026, 12, 5, 10, tzinfo=UTC), 1),
        (datetime(2026, 12, 7, 9, tzinfo=UTC), 1),
    ],
    ids=str,
)
def test_what_was_decided_too_late_is_what_was_overdue(
    world: World, reviewer: User, decided_at: datetime, late: int
) -> None:
    with time_machine.travel(datetime(2026, 11, 28, 13, tzinfo=UTC), tick=False):
        draft = world.begun(reviewer)
    assert figures.compute(now=decided_at).overdue == late

    failure.fail(draft.pk, by=reviewer, reason="other", message="No.", now=decided_at)

    assert figures.compute(now=decided_at).decided_overdue == late


def test_the_precision_of_a_rule_comes_from_its_false_alarms(world: World, reviewer: User) -> None:
    problems = [Problem(fingerprint=f"{n}" * 32, severity="warning") for n in range(4)]
    draft = world.begun(reviewer, problems=problems)
    lead = world.person("Lea", Role.LEAD_REVIEWER)
    reason = "The vendor publishes this key for everybody."
    for n, false_alarm in enumerate((True, False)):
        finding = Finding.objects.order_by("pk")[n]
        made = waiver_decisions.propose(
            draft.pk, finding.pk, by=reviewer, scope="finding", reason=reason, false_alarm=false_alarm
        )
        waiver_decisions.approve(draft.pk, made.pk, by=lead)

    [rule] = figures.compute(now=datetime.now(tz=UTC)).rules

    assert (rule.rule, rule.findings, rule.waived, rule.false_alarms, rule.precision) == ("secret-token", 4, 2, 1, 0.75)


def test_the_usual_time_is_told_only_from_enough_decisions() -> None:
    assert figures.usual_days("first") is None
