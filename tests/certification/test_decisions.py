"""What reviewers do with a round."""

from __future__ import annotations

from uuid import uuid4

import pytest

from accounts.models import Event, User
from accounts.roles import Role
from certification import decisions
from certification.errors import AlreadySent, NotAllowed, Obstructed, ReviewError
from certification.models import Answer, Round
from connectors.models import Connector, ConnectorStaged, Release
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def begun(world: World, reviewer: User) -> ConnectorStaged:
    draft = world.submitted()
    decisions.start(draft.pk, by=reviewer)
    return draft


def test_starting_claims_the_round_and_moves_the_connector(world: World, reviewer: User) -> None:
    draft = world.submitted()

    row = decisions.start(draft.pk, by=reviewer)

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
    draft = begun(world, reviewer)

    with pytest.raises(ReviewError, match="Rita has this review already"):
        decisions.start(draft.pk, by=world.person("Rob"))


@pytest.mark.parametrize("role", ["", Role.AUDITOR])
def test_somebody_without_the_role_starts_nothing(world: World, role: str) -> None:
    draft = world.submitted()

    with pytest.raises(NotAllowed):
        decisions.start(draft.pk, by=world.person("Ann", role))

    draft.refresh_from_db()
    assert draft.status == "ReadyForCertification"


def test_a_member_of_the_project_does_not_review_its_connector(world: World, reviewer: User) -> None:
    draft = world.submitted()
    world.member(reviewer, draft.project)

    with pytest.raises(NotAllowed, match="You are a member"):
        decisions.start(draft.pk, by=reviewer)


def test_certifying_publishes_the_pinned_commit(world: World, reviewer: User) -> None:
    draft = begun(world, reviewer)

    row = decisions.certify(draft.pk, by=reviewer, message="Well done.")

    draft = ConnectorStaged.objects.get(pk=draft.pk)
    connector, release = Connector.objects.get(), Release.objects.get()
    assert (draft.status, draft.private, draft.certified) == ("Published", False, True)
    assert connector.commit == release.commit == row.commit == world.git("rev-parse", "1.0.0")
    assert release.run == row.run
    assert (row.decision, row.decided_by, row.is_open) == ("certified", reviewer, False)
    assert [c.text for c in draft.comments.all()] == ["Well done."]
    assert draft.comments.get().public_name == "connect-certification"
    changed = Event.objects.get(status_from="InCertification", status_to="Published")
    assert changed.name == "connector:published"
    assert "Rita" not in draft.document


def test_a_certificate_needs_a_started_certification(world: World, reviewer: User) -> None:
    draft = world.submitted()

    with pytest.raises(NotAllowed, match="start the certification first"):
        decisions.certify(draft.pk, by=reviewer)


def test_a_tag_that_moved_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = begun(world, reviewer)
    world.tag("1.0.0", {"README.md": "other"})

    with pytest.raises(Obstructed, match=r"The tag 1\.0\.0 leads to"):
        decisions.certify(draft.pk, by=reviewer)

    assert not Connector.objects.exists()
    assert Round.objects.get().is_open


def test_a_tag_that_cannot_be_looked_up_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = begun(world, reviewer)
    world.git("tag", "--delete", "1.0.0")

    with pytest.raises(Obstructed, match="could not be compared"):
        decisions.certify(draft.pk, by=reviewer)


@pytest.mark.parametrize(("outcome", "said"), [("did not run", "did not run"), ("failed", "failed")])
def test_a_required_check_that_did_not_pass_gives_no_certificate(
    world: World, reviewer: User, outcome: str, said: str
) -> None:
    draft = world.submitted(outcomes={"documentation": outcome})
    decisions.start(draft.pk, by=reviewer)

    with pytest.raises(Obstructed, match=f"“Documentation” {said}"):
        decisions.certify(draft.pk, by=reviewer)


def test_an_advisory_check_that_failed_does_not_hold_the_certificate(world: World, reviewer: User) -> None:
    draft = world.submitted(outcomes={"static-analysis": "failed"})
    decisions.start(draft.pk, by=reviewer)

    assert decisions.certify(draft.pk, by=reviewer).decision == "certified"


def test_a_run_without_results_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = begun(world, reviewer)
    Round.objects.get().run.results.all().delete()  # type: ignore[union-attr]

    with pytest.raises(Obstructed, match="No required check ran"):
        decisions.certify(draft.pk, by=reviewer)


def test_only_the_assignee_or_a_lead_decides(world: World, reviewer: User) -> None:
    draft = begun(world, reviewer)

    with pytest.raises(NotAllowed, match="This review is with Rita"):
        decisions.certify(draft.pk, by=world.person("Rob"))

    assert decisions.certify(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER)).decided_by == world.person("Lea")


def test_failing_says_why_and_ends_the_round(world: World, reviewer: User) -> None:
    draft = begun(world, reviewer)

    row = decisions.fail(draft.pk, by=reviewer, reason="security", message="The endpoint takes any caller.")

    draft.refresh_from_db()
    assert draft.status == row.status == "Failed"
    assert (row.decision, row.reason) == ("failed", "security")
    assert draft.comments.get().text == "The endpoint takes any caller."
    assert not Connector.objects.exists()


@pytest.mark.parametrize(("reason", "message"), [("", "Text"), ("weather", "Text"), ("security", "  ")])
def test_failing_needs_a_known_reason_and_a_text(world: World, reviewer: User, reason: str, message: str) -> None:
    draft = begun(world, reviewer)

    with pytest.raises(ReviewError):
        decisions.fail(draft.pk, by=reviewer, reason=reason, message=message)

    assert Round.objects.get().is_open


def test_the_same_form_sent_twice_says_it_once(world: World, reviewer: User) -> None:
    draft = begun(world, reviewer)
    token = uuid4()
    decisions.comment(draft.pk, by=reviewer, message="Looking at it.", token=token)

    with pytest.raises(AlreadySent):
        decisions.comment(draft.pk, by=reviewer, message="Looking at it.", token=token)

    assert draft.comments.count() == Answer.objects.count() == 1


def test_a_refused_certificate_leaves_nothing_behind(world: World, reviewer: User) -> None:
    draft = begun(world, reviewer)
    Round.objects.get().run.results.all().delete()  # type: ignore[union-attr]
    before = (Event.objects.count(), ConnectorStaged.objects.get().version)

    with pytest.raises(Obstructed):
        decisions.certify(draft.pk, by=reviewer, message="Fine.")

    assert (Event.objects.count(), ConnectorStaged.objects.get().version) == before
    assert not draft.comments.exists()
