"""Asking the developer something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Event, User
from certification.decisions import question
from certification.models import Round
from certification.rounds import submissions
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_asking_gives_the_turn_to_the_developer_and_stops_the_clock(world: World, reviewer: User) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        draft = world.begun(reviewer)
        due = Round.objects.get().due_at
        clock.shift(timedelta(days=1))
        question.ask(draft.pk, by=reviewer, message="Which shop can we test with?")
        row = Round.objects.get()
        assert (row.turn, row.awaits, draft.comments.get().text) == (
            "developer",
            "answer",
            "Which shop can we test with?",
        )
        clock.shift(timedelta(days=2))
        submissions.answer(draft.pk, by=factory.developer(), text="With shop 12.")

    row = Round.objects.get()
    assert (row.turn, row.awaits, row.due_at) == ("reviewer", "review", due + timedelta(days=2))
    assert (row.reviewer_time, row.developer_time) == (timedelta(days=1), timedelta(days=2))
    assert Event.objects.filter(name="certification:question-answered").count() == 1


def test_an_answer_through_the_api_counts_as_well(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    question.ask(draft.pk, by=reviewer, message="Why?")

    factory.act(draft, {"action": "addCertificationComment", "comment": "Because."})

    assert Round.objects.get().turn == "reviewer"
