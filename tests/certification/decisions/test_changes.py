"""Requesting changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine

from accounts.models import Event, User
from accounts.roles import Role
from certification.decisions import changes
from certification.errors import NotAllowed, ReviewError
from certification.models import Round, TimeLimit
from certification.rounds import conversation
from tests.certification.world import World

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
END_OF_MONDAY = datetime.combine(MONDAY, time.max, tzinfo=UTC)


def test_requesting_changes_needs_a_request(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError, match="at least one request"):
        changes.request_changes(draft.pk, by=reviewer, message="Please change things.")


def test_requested_changes_have_a_deadline_and_are_told(world: World, reviewer: User) -> None:
    with time_machine.travel(MONDAY, tick=False):
        draft = world.begun(reviewer)
        asked = conversation.request(draft.pk, by=reviewer, text="Read the port.", path="service/src/index.js", line=1)
        remark = conversation.remark(draft.pk, by=reviewer, path="README.md", line=1, text="A typo.")
        answer = changes.request_changes(draft.pk, by=reviewer)

    row = Round.objects.get()
    asked.refresh_from_db()
    remark.refresh_from_db()
    assert (row.turn, row.awaits, row.due_at) == ("developer", "changes", END_OF_MONDAY + timedelta(days=14))
    assert (asked.sent_with, remark.sent_with) == (answer, answer)
    assert draft.comments.get().text == "- service/src/index.js:1: Read the port."
    event = Event.objects.get(name="certification:changes-requested")
    assert (event.details["requests"], event.details["due"]) == (1, row.due_at.isoformat())


def test_only_a_lead_sets_another_deadline(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    conversation.request(draft.pk, by=reviewer, text="Read the port.")

    with pytest.raises(NotAllowed):
        changes.request_changes(draft.pk, by=reviewer, days=30)
    with pytest.raises(ReviewError, match="1 to 60"):
        changes.request_changes(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER), days=61)

    with time_machine.travel(MONDAY, tick=False):
        changes.request_changes(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER), days=5)
    assert Round.objects.get().due_at == END_OF_MONDAY + timedelta(days=7)


def test_without_a_message_the_requests_are_listed_each_with_its_place(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    conversation.request(draft.pk, by=reviewer, text="Read the port.", path="service/src/index.js", line=1)
    conversation.request(draft.pk, by=reviewer, text="Explain the scopes.")

    assert changes.public_text(Round.objects.get(), " ") == (
        "- service/src/index.js:1: Read the port.\n- Explain the scopes."
    )
    assert changes.public_text(Round.objects.get(), "Two things.") == "Two things."


@pytest.mark.parametrize("days", [1, 60])
def test_the_shortest_and_the_longest_deadline_are_possible(world: World, reviewer: User, days: int) -> None:
    draft = world.begun(reviewer)
    conversation.request(draft.pk, by=reviewer, text="Read the port.")

    changes.request_changes(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER), days=days)

    assert Round.objects.get().awaits == "changes"


def test_the_usual_days_are_those_of_the_limit_for_changes() -> None:
    TimeLimit.objects.filter(limits=TimeLimit.For.CHANGES).update(business_days=17)

    assert changes.usual_days() == 17
