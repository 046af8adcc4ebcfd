"""What the first of two signatures says, and the value that once said it a second time."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from accounts.models import User
from certification import business_calendar
from certification.decisions import certificate
from certification.desk import queue_rows
from certification.models import ApprovalRule, Round
from certification.rounds import approvals, next_step, rounds
from connectors.models import ConnectorStaged
from tests.certification.world import World

pytestmark = pytest.mark.django_db

migration = importlib.import_module("certification.migrations.0013_signed_rounds")


@pytest.fixture
def signed(world: World, reviewer: User) -> ConnectorStaged:
    """A connector with the first of two signatures."""
    ApprovalRule.objects.create(name="Two pairs of eyes")
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    certificate.certify(draft.pk, by=reviewer)
    return draft


def awaits(by: User) -> list[str]:
    """Return what the queue says that each round waits for."""
    listed = queue_rows.needed(Round.objects.all(), by=by)
    return [row.awaits for row in queue_rows.build(listed, now=rounds.now(), calendar=business_calendar.calendar())]


def test_everybody_reads_the_missing_signature_from_the_first(
    world: World, reviewer: User, signed: ConnectorStaged
) -> None:
    draft = ConnectorStaged.objects.get()
    row = Round.objects.get()
    told = next_step.for_round(draft, row)
    assert told is not None

    assert Round.objects.filter(approvals.signed()).exists()
    assert awaits(reviewer) == ["A second signature"]
    assert "A second one must sign" in told.sentence
    assert next_step.for_drafts([draft])[draft.pk].sentence == told.sentence


def test_a_signature_of_another_commit_says_nothing(world: World, reviewer: User, signed: ConnectorStaged) -> None:
    Round.objects.update(commit="f" * 40)

    assert not approvals.is_signed(Round.objects.get())
    assert not Round.objects.filter(approvals.signed()).exists()
    assert awaits(reviewer) == [""]


def test_what_waited_for_a_second_signature_waits_for_a_review_and_back(
    world: World, reviewer: User, signed: ConnectorStaged
) -> None:
    migration.remember(apps, None)
    assert Round.objects.get().awaits == "second"

    migration.forget(apps, None)
    assert Round.objects.get().awaits == "review"


def test_the_way_back_marks_no_round_without_a_signature(world: World, reviewer: User) -> None:
    world.begun(reviewer)

    migration.remember(apps, None)

    assert Round.objects.get().awaits == "review"
