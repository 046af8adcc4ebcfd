"""What the first of two signatures says, and the value that once said it a second time."""

from __future__ import annotations

import importlib
from uuid import UUID

import pytest
from django.apps import apps

from accounts.models import User
from certification import business_calendar
from certification.decisions import certificate
from certification.desk import queue_rows
from certification.models import ApprovalRule, Round
from certification.rounds import approvals, next_step, rounds
from connectors.choices import mask_of
from connectors.models import ConnectorStaged
from tests.certification.world import World

pytestmark = pytest.mark.django_db

DRAWN = "xx-----x-x-xx-xxxx-x"
"""Whether each of the first twenty rounds of a draft is drawn by half."""

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
    listed = queue_rows.needed(Round.objects.all())
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


def rule(**fields: object) -> ApprovalRule:
    return ApprovalRule(**{"pk": 1, "name": "Some", "share": 100, **fields})


def row(**fields: object) -> Round:
    return Round(**{"pk": 1, "draft_id": UUID(int=7), "kind": "first", "breaking": False, **fields})


@pytest.mark.parametrize(
    ("given", "of", "fits"),
    [
        (rule(), row(), True),
        (rule(kind="first"), row(), True),
        (rule(kind="update"), row(), False),
        (rule(breaking_only=True), row(), False),
        (rule(breaking_only=True), row(breaking=True), True),
        (rule(integration_type="psp"), row(integration_mask=mask_of(["psp", "tax"])), True),
        (rule(integration_type="psp"), row(integration_mask=mask_of(["tax"])), False),
        (rule(integration_type="psp"), row(integration_mask=0), False),
        (rule(kind="update", integration_type="psp"), row(integration_mask=mask_of(["psp"])), False),
    ],
)
def test_a_rule_fits_by_kind_break_and_integration_type(given: ApprovalRule, of: Round, fits: bool) -> None:
    assert approvals._fits(given, of) == fits


def test_the_draw_of_a_round_stays_what_it_was() -> None:
    drawn = "".join("x" if approvals._drawn(rule(share=50), row(pk=number)) else "-" for number in range(1, 21))

    assert drawn == DRAWN
    assert [number for number in range(1, 200) if approvals._drawn(rule(share=0), row(pk=number))] == []
    assert all(approvals._drawn(rule(share=100), row(pk=number)) for number in range(1, 200))


def test_each_rule_draws_by_itself_and_for_each_draft() -> None:
    rows = [row(pk=number) for number in range(1, 40)]
    first = [approvals._drawn(rule(share=50), one) for one in rows]

    assert first != [approvals._drawn(rule(pk=2, share=50), one) for one in rows]
    assert first != [approvals._drawn(rule(share=50), row(pk=one.pk, draft_id=UUID(int=8))) for one in rows]


def test_a_rule_that_is_off_asks_for_nothing(world: World, reviewer: User) -> None:
    world.begun(reviewer)
    on = ApprovalRule.objects.create(name="On")
    ApprovalRule.objects.create(name="Off", active=False)
    ApprovalRule.objects.create(name="Updates", kind="update")

    assert approvals.rules_for(Round.objects.get()) == [on]
    assert approvals.needs_another(Round.objects.get(), reviewer)
    ApprovalRule.objects.all().delete()
    assert not approvals.needs_another(Round.objects.get(), reviewer)


def test_a_signature_is_somebodys_under_one_commit(world: World, reviewer: User, signed: ConnectorStaged) -> None:
    other, one = world.person("Rob"), Round.objects.get()

    assert (approvals.has_signed(one, reviewer), approvals.has_signed(one, other)) == (True, False)
    assert (approvals.needs_another(one, reviewer), approvals.needs_another(one, other)) == (True, False)
    assert Round.objects.filter(approvals.signed_by(reviewer)).exists()
    assert not Round.objects.filter(approvals.signed_by(other)).exists()
    Round.objects.update(commit="f" * 40)
    moved = Round.objects.get()
    assert not approvals.has_signed(moved, reviewer)
    assert approvals.needs_another(moved, other)
