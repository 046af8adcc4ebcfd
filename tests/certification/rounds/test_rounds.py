"""Rounds open and close with their drafts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Event
from certification.models import Round
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def test_a_round_opens_when_the_checks_are_passed(world: World) -> None:
    draft = world.submitted()

    row = Round.objects.get()
    assert (row.draft_id, row.number, row.kind, row.status) == (draft.pk, 1, "first", "ReadyForCertification")
    assert (row.turn, row.assignee, row.tag) == ("reviewer", None, "1.0.0")
    assert row.commit == world.git("rev-parse", "1.0.0")
    assert row.run == factory.last_run(draft)
    assert row.due_at > timezone.now() + timedelta(days=4)
    assert Event.objects.filter(name="round:opened").count() == 1


def test_publishing_without_certification_opens_no_round(world: World) -> None:
    factory.at("Published", certification=False)

    assert not Round.objects.exists()


def test_a_round_follows_a_draft_that_others_certify(world: World) -> None:
    factory.at("Published")

    row = Round.objects.get()
    assert (row.decision, row.status) == ("certified", "Published")
    assert row.started_at is not None


def test_the_next_submission_of_a_certified_connector_is_an_update(world: World) -> None:
    draft = factory.at("Published")
    factory.act(draft, {"action": "setName", "name": "Better payments"})

    factory.validated(factory.publish(draft, certification=True))

    row = Round.objects.open().get()
    assert (row.number, row.kind, row.name) == (2, "update", "Better payments")


def test_the_database_keeps_a_decision_whole(world: World) -> None:
    world.submitted()

    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.update(decision="certified")


def test_the_database_keeps_one_open_round_for_a_draft(world: World) -> None:
    world.submitted()
    row = Round.objects.get()

    row.pk, row.number = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
