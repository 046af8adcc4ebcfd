"""Who has a review."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Event, User
from accounts.roles import Role
from certification.decisions import failure, question
from certification.desk import claims
from certification.errors import NotAllowed, ReviewError
from certification.models import Round
from certification.rounds import submissions
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def test_starting_claims_the_round_and_moves_the_connector(world: World, reviewer: User) -> None:
    draft = world.submitted()

    row = claims.start(draft.pk, by=reviewer)

    draft.refresh_from_db()
    assert draft.status == row.status == "InCertification"
    assert (row.assignee, row.turn) == (reviewer, "reviewer")
    event = Event.objects.get(name="certification:started")
    assert (event.status_from, event.status_to, event.actor_id) == (
        "ReadyForCertification",
        "InCertification",
        str(reviewer.pk),
    )


def test_a_review_that_somebody_has_cannot_be_started(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError, match="This review is assigned to Rita"):
        claims.start(draft.pk, by=world.person("Rob"))


@pytest.mark.parametrize("role", ["", Role.AUDITOR])
def test_somebody_without_the_role_starts_nothing(world: World, role: str) -> None:
    draft = world.submitted()

    with pytest.raises(NotAllowed):
        claims.start(draft.pk, by=world.person("Ann", role))

    draft.refresh_from_db()
    assert draft.status == "ReadyForCertification"


def test_a_member_of_the_project_does_not_review_its_connector(world: World, reviewer: User) -> None:
    draft = world.submitted()
    world.member(reviewer, draft.project)

    with pytest.raises(NotAllowed, match="You are a member"):
        claims.start(draft.pk, by=reviewer)


def test_a_lead_of_the_same_project_neither_assigns_nor_takes_away_its_reviews(world: World, reviewer: User) -> None:
    draft, lead = world.begun(reviewer), world.person("Lea", Role.LEAD_REVIEWER)
    world.member(lead, draft.project)

    with pytest.raises(NotAllowed, match="You are a member"):
        claims.assign(draft.pk, to=world.person("Rob"), by=lead)
    with pytest.raises(NotAllowed, match="You are a member"):
        claims.release(draft.pk, by=lead)

    assert Round.objects.get().assignee == reviewer


def test_a_reviewer_who_joined_the_project_gives_the_review_back(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.member(reviewer, draft.project)

    claims.release(draft.pk, by=reviewer)

    assert Round.objects.get().assignee is None


def test_a_released_review_is_anybodys_and_keeps_its_place(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    due = Round.objects.get().due_at

    claims.release(draft.pk, by=reviewer)
    row = claims.start(draft.pk, by=world.person("Rob"))

    assert (row.assignee, row.due_at, row.status) == (world.person("Rob"), due, "InCertification")
    assert Event.objects.filter(name="round:claimed").count() == 1


def test_only_the_holder_or_a_lead_releases(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(NotAllowed, match="This review is assigned to Rita"):
        claims.release(draft.pk, by=world.person("Rob"))
    claims.release(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER))

    with pytest.raises(ReviewError, match="This review is not assigned to anybody"):
        claims.release(draft.pk, by=reviewer)


def test_a_lead_assigns_a_review_and_the_reviewer_begins_it(world: World, reviewer: User) -> None:
    draft = world.submitted()

    claims.assign(draft.pk, to=reviewer, by=world.person("Lea", Role.LEAD_REVIEWER))

    row = Round.objects.get()
    assert (row.assignee, row.status) == (reviewer, "ReadyForCertification")
    assert claims.start(draft.pk, by=reviewer).status == "InCertification"


def test_a_review_is_not_given_to_just_anybody(world: World, reviewer: User) -> None:
    draft = world.submitted()
    lead = world.person("Lea", Role.LEAD_REVIEWER)

    with pytest.raises(NotAllowed):
        claims.assign(draft.pk, to=reviewer, by=reviewer)
    with pytest.raises(ReviewError, match="Ann is not a reviewer"):
        claims.assign(draft.pk, to=world.person("Ann", Role.AUDITOR), by=lead)
    world.member(reviewer, draft.project)
    with pytest.raises(ReviewError, match="You are a member"):
        claims.assign(draft.pk, to=reviewer, by=lead)


def test_next_is_what_is_due_first_and_nobody_has(world: World, reviewer: User) -> None:
    late, urgent, taken = (world.submitted(name=name, key=name) for name in ("late", "urgent", "taken"))
    now = timezone.now()
    for draft, days in ((late, 3), (urgent, 1), (taken, 0)):
        Round.objects.filter(draft=draft).update(due_at=now + timedelta(days=days))
    claims.start(taken.pk, by=world.person("Rob"))

    assert [claims.claim_next(by=reviewer).draft_id for _ in range(2)] == [urgent.pk, late.pk]  # type: ignore[union-attr]
    assert claims.claim_next(by=reviewer) is None


def test_next_leaves_out_what_is_ones_own_or_waits_for_the_developer(world: World, reviewer: User) -> None:
    own = world.submitted(key="own", of=factory.project("mine"))
    world.member(reviewer, own.project)
    asked = world.begun(world.person("Rob"), key="asked")
    question.ask(asked.pk, by=world.person("Rob"), message="Why?")
    claims.release(asked.pk, by=world.person("Rob"))

    assert claims.claim_next(by=reviewer) is None


def test_whoever_refused_does_not_look_at_the_appeal(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    failure.fail(draft.pk, by=reviewer, reason="quality", message="No tests.")
    submissions.appeal(draft.pk, by=factory.developer(), text="Tests are in spec/.")

    with pytest.raises(NotAllowed, match="You made the decision"):
        claims.start(draft.pk, by=reviewer)
    assert claims.claim_next(by=reviewer) is None
    assert claims.claim_next(by=world.person("Rob")) is not None
