"""What happens by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Event, User
from accounts.signals import swept
from certification.decisions import changes, question
from certification.models import Round
from certification.rounds import conversation, deadlines, submissions
from certification.rounds.deadlines import Swept
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
NOTHING = Swept(0, 0, 0, 0)


@pytest.fixture
def asked(world: World, reviewer: User) -> ConnectorStaged:
    """A connector whose developer has ten business days from Monday for changes."""
    with time_machine.travel(MONDAY, tick=False):
        draft = world.begun(reviewer)
        conversation.request(draft.pk, by=reviewer, text="Read the port.")
        changes.request_changes(draft.pk, by=reviewer)
    return draft


def test_nothing_happens_while_there_is_time(asked: ConnectorStaged) -> None:
    assert deadlines.sweep(now=MONDAY + timedelta(days=5)) == NOTHING


def test_the_developer_is_reminded_once(asked: ConnectorStaged) -> None:
    soon = MONDAY + timedelta(days=11)

    assert deadlines.sweep(now=soon) == Swept(1, 0, 0, 0)
    assert deadlines.sweep(now=soon) == NOTHING

    event = Event.objects.get(name="certification:reminded")
    assert event.details["due"] == Round.objects.get().due_at.isoformat()


def test_changes_that_do_not_come_end_in_failed(asked: ConnectorStaged) -> None:
    late = datetime(2026, 12, 8, tzinfo=UTC)

    assert deadlines.sweep(now=late - timedelta(seconds=1)).failed == 0
    assert deadlines.sweep(now=late).failed == 1

    asked.refresh_from_db()
    row = Round.objects.get()
    assert (asked.status, row.decision, row.reason, row.decided_by) == ("Failed", "expired", "no-answer", None)
    assert "Nothing is lost" in asked.comments.latest("pk").text
    entry = asked.publishing_report["entries"][-1]
    assert (entry["type"], entry["title"]) == ("Error", "Certification refused: no answer in time")
    assert deadlines.sweep(now=late) == NOTHING


def test_a_new_tag_in_time_stops_the_deadline(world: World, asked: ConnectorStaged) -> None:
    submissions.resubmit(asked.pk, tag="1.0.1", by=factory.developer())

    assert deadlines.sweep(now=MONDAY + timedelta(days=30)).failed == 0


def test_a_question_without_an_answer_comes_back_to_the_reviewer(world: World, reviewer: User) -> None:
    with time_machine.travel(MONDAY, tick=False):
        draft = world.begun(reviewer)
        question.ask(draft.pk, by=reviewer, message="Why?")

    assert deadlines.sweep(now=MONDAY + timedelta(days=15)).returned == 1

    row = Round.objects.get()
    assert (row.turn, row.status) == ("reviewer", "InCertification")
    assert Event.objects.filter(name="certification:question-unanswered").count() == 1


def test_a_late_review_is_nobodys_failure(world: World, reviewer: User) -> None:
    world.begun(reviewer)

    assert deadlines.sweep(now=MONDAY + timedelta(days=365)) == NOTHING


def test_the_workers_sweep_keeps_the_time(asked: ConnectorStaged) -> None:
    swept.send(sender=None, now=MONDAY + timedelta(days=15))

    assert Round.objects.get().decision == "expired"
