"""What the developer does with a submission."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Event, User
from accounts.roles import Role
from certification.decisions import changes, failure
from certification.errors import NotAllowed, ReviewError
from certification.models import Round, Submission, Touch, Verdict
from certification.rounds import conversation, submissions
from certification.verdicts import verdicts
from connectors.errors import ConcurrentModification, InvalidOperation
from connectors.models import ConnectorStaged, ValidationRun
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
DEVELOPER = "API client test-client"


def test_withdrawing_makes_it_a_draft_and_keeps_the_place(world: World, reviewer: User) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        draft = world.begun(reviewer)
        clock.shift(timedelta(days=1))
        submissions.withdraw(draft.pk, by=factory.developer())
        draft.refresh_from_db()
        assert (draft.status, Round.objects.get().decision) == ("Draft", "withdrawn")
        clock.shift(timedelta(days=7))
        factory.publish(draft, certification=True)
        world.admitted(draft)
        now = timezone.now()

    row = Round.objects.open().get()
    assert (row.number, row.assignee, row.due_at) == (2, reviewer, now + timedelta(days=6))
    assert row.reasons == ["First submission", "Submitted again"]


def test_a_withdrawal_from_the_wrong_place_is_refused(world: World) -> None:
    draft = factory.draft()

    with pytest.raises(InvalidOperation):
        submissions.withdraw(draft.pk, by=factory.developer())


def test_a_new_tag_keeps_reviewer_and_time_and_links_the_request(world: World, reviewer: User) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        draft = world.begun(reviewer)
        world.decided(draft, reviewer, but=["function"])
        asked = conversation.request(draft.pk, by=reviewer, text="Read the port.", path="service/src/index.js", line=1)
        other = conversation.request(draft.pk, by=reviewer, text="Explain more.", path="README.md")
        clock.shift(timedelta(days=1))
        changes.request_changes(draft.pk, by=reviewer)
        commit = world.tag("1.0.1", {"service/src/index.js": "const port = process.env.PORT\n"})
        clock.shift(timedelta(days=2))

        waiting = submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())

        assert (waiting.number, waiting.turn, waiting.assignee) == (2, "system", reviewer)
        draft.refresh_from_db()
        assert (draft.status, draft.repository_tag) == ("Processing", "1.0.1")
        world.admitted(draft)
        now = timezone.now()

    first, second = Round.objects.order_by("number")
    assert (first.decision, first.decided_by_label) == ("resubmitted", DEVELOPER)
    assert (second.turn, second.status, second.commit) == ("reviewer", "ReadyForCertification", commit)
    # Five business days less the one that was used; Thursday plus four of them.
    assert second.due_at == now + timedelta(days=6)
    assert [(touch.request, touch.round, touch.commit) for touch in Touch.objects.all()] == [(asked, second, commit)]
    assert [r.pk for r in conversation.requests_of(second)] == [asked.pk, other.pk]
    assert "New tag" in second.reasons


def test_verdicts_live_on_as_long_as_their_files_are_the_same(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    verdicts.decide(draft.pk, "support", "n/a", by=reviewer, comment="Internal.")
    verdicts.decide(draft.pk, "licence", "fail", by=reviewer, comment="Which version?")
    world.tag("1.0.1", {"service/src/index.js": "const port = process.env.PORT\n"})

    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    draft.refresh_from_db()
    world.admitted(draft)

    carried = {v.criterion.key: v for v in Verdict.objects.filter(round__number=2)}
    # What depends on the code is looked at again; what depends on README, connect.yaml and listing is not.
    assert set(carried) == {
        "specification",
        "configuration",
        "scopes",
        "lifecycle",
        "documentation",
        "listing",
        "support",
        "dependencies",
    }
    assert {v.value for key, v in carried.items() if key != "support"} == {"carried"}
    assert carried["support"].value == "n/a"
    assert carried["listing"].carried_from == Round.objects.get(number=1)


def test_a_verdict_that_lost_its_proof_does_not_live_on(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    verdicts.decide(draft.pk, "documentation", "pass", by=reviewer, comment="Well written.")
    verdicts.decide(draft.pk, "listing", "pass", by=reviewer)
    world.rechecked(draft, outcomes={"documentation": "did not run"})
    world.tag("1.0.1", {"service/src/index.js": "const port = 80\n"})

    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    world.admitted(draft, outcomes={"documentation": "did not run"})

    assert set(Verdict.objects.filter(round__number=2).values_list("criterion__key", flat=True)) == {"listing"}


def test_an_update_carries_over_from_the_certified_version(world: World, reviewer: User) -> None:
    draft = world.certified(reviewer)
    world.tag("1.1.0", {"README.md": "# Better\n"})
    factory.act(draft, {"action": "setRepository", "tag": "1.1.0"})
    factory.publish(draft, certification=True)
    world.admitted(draft)

    row = Round.objects.open().get()
    carried = set(row.verdicts.values_list("criterion__key", flat=True))
    assert row.kind == "update"
    assert row.changed_files == 1
    assert "listing" in carried
    assert "documentation" not in carried
    assert "code" not in carried


def test_the_checks_of_a_new_tag_may_stop_it_and_the_place_is_kept(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.tag("1.0.1", {"README.md": "x"})
    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    draft.refresh_from_db()

    factory.rejected(draft)

    assert [r.decision for r in Round.objects.order_by("number")] == ["resubmitted", "rejected"]
    draft.refresh_from_db()
    factory.publish(draft, certification=True)
    world.admitted(draft)
    assert Round.objects.open().get().assignee == reviewer


@pytest.mark.parametrize("tag", ["", "-x", "a..b"])
def test_a_tag_that_cannot_be_is_refused(world: World, reviewer: User, tag: str) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError):
        submissions.resubmit(draft.pk, tag=tag, by=factory.developer())

    assert Round.objects.get().is_open


def test_an_old_version_is_refused(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ConcurrentModification):
        submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer(), version=1)
    with pytest.raises(ConcurrentModification):
        submissions.withdraw(draft.pk, by=factory.developer(), version=1)


def test_an_appeal_opens_a_round_over_the_same_commit(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    failure.fail(draft.pk, by=reviewer, reason="quality", message="No tests.")

    row = submissions.appeal(draft.pk, by=factory.developer(), text="Tests are in spec/.")

    draft.refresh_from_db()
    assert (draft.status, row.kind, row.number, row.assignee) == ("ReadyForCertification", "appeal", 2, None)
    assert row.commit == Round.objects.get(number=1).commit
    assert draft.comments.order_by("pk").last().text == "Tests are in spec/."  # type: ignore[union-attr]
    assert "Error" not in {entry["type"] for entry in draft.publishing_report["entries"]}


def test_an_appeal_for_other_code_is_refused(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    failure.fail(draft.pk, by=reviewer, reason="quality", message="No tests.")
    factory.act(draft, {"action": "setRepository", "tag": "2.0.0"})

    with pytest.raises(ReviewError, match="another tag"):
        submissions.appeal(draft.pk, by=factory.developer(), text="Look again.")


@pytest.mark.parametrize("state", ["failed", "errored"])
def test_what_the_checks_refused_is_no_matter_of_an_appeal(world: World, reviewer: User, state: str) -> None:
    draft = world.begun(reviewer)
    failure.fail(draft.pk, by=reviewer, reason="quality", message="No tests.")
    factory.rejected(factory.publish(draft, certification=True))
    ValidationRun.objects.filter(pk=factory.last_run(draft).pk).update(state=state)

    with pytest.raises(ReviewError, match="no decision about this tag"):
        submissions.appeal(draft.pk, by=factory.developer(), text="Look again.")

    draft.refresh_from_db()
    assert draft.status == "Failed"
    assert Round.objects.count() == 1


def test_a_private_publication_that_failed_has_nothing_to_appeal(world: World) -> None:
    draft = factory.at("Failed", certification=False)

    with pytest.raises(ReviewError, match="no decision about this tag"):
        submissions.appeal(draft.pk, by=factory.developer(), text="Look again.")


def test_credentials_are_sealed_and_each_look_is_recorded(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    until = timezone.now() + timedelta(days=5)
    submissions.keep(
        draft, by=factory.developer(), notes="Try a refund.", credentials="shop / pa55", credentials_expire_at=until
    )

    assert "pa55" not in Submission.objects.get().credentials
    assert submissions.reveal(draft.pk, by=reviewer) == "shop / pa55"
    event = Event.objects.get(name="credentials:revealed")
    assert (event.actor_id, "pa55" in str(event.details)) == (str(reviewer.pk), False)


def test_credentials_are_not_for_everybody_and_not_for_ever(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    until = timezone.now() + timedelta(days=5)
    with pytest.raises(ReviewError, match="until which"):
        submissions.keep(draft, by=factory.developer(), credentials="x")
    submissions.keep(draft, by=factory.developer(), credentials="x", credentials_expire_at=until)

    with pytest.raises(NotAllowed):
        submissions.reveal(draft.pk, by=world.person("Ann", Role.AUDITOR))
    with time_machine.travel(until), pytest.raises(ReviewError, match="expired"):
        submissions.reveal(draft.pk, by=reviewer)
    assert not Event.objects.filter(name="credentials:revealed").exists()


def test_a_request_is_ticked_only_when_it_was_told_and_is_of_this_connector(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    untold = conversation.request(draft.pk, by=reviewer, text="Read the port.")
    other = world.begun(reviewer, key="other")
    foreign = conversation.request(other.pk, by=reviewer, text="Read the port.")
    changes.request_changes(other.pk, by=reviewer)

    for pk in (untold.pk, foreign.pk):
        with pytest.raises(ReviewError, match="no such request"):
            submissions.answer_request(draft.pk, pk, by=factory.developer())


def test_a_new_run_is_asked_for_in_the_same_transaction(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())

    run = ValidationRun.objects.latest("queued_at")
    assert (run.kind, run.tag, run.state, run.certification) == ("publish", "1.0.1", "queued", True)
    assert ConnectorStaged.objects.get(pk=draft.pk).publishing_report is None
