"""Giving a certificate, alone or as one of two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Event, User
from accounts.roles import Role
from accounts.signals import swept
from certification.decisions import certificate, changes, question
from certification.desk import claims
from certification.errors import NotAllowed, Obstructed, ReviewError, Stale, TagBeingChecked
from certification.models import Approval, ApprovalRule, Note, Round, TagCheck
from certification.rounds import approvals, conversation, deadlines, submissions, tag_target
from certification.verdicts import verdicts
from connectors.fetches import fetching
from connectors.models import Connector, ConnectorStaged, Release
from tests import factory
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db


def test_certifying_publishes_the_pinned_commit(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)

    row = certificate.certify(draft.pk, by=reviewer, message="Well done.").round

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
        certificate.certify(draft.pk, by=reviewer)


def test_a_tag_that_moved_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    world.tag("1.0.0", {"README.md": "other"})
    world.looked_up(draft, reviewer)

    with pytest.raises(Obstructed, match=r"The tag 1\.0\.0 now leads to"):
        certificate.certify(draft.pk, by=reviewer)

    assert not Connector.objects.exists()
    assert Round.objects.get().is_open


def test_a_tag_that_cannot_be_looked_up_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.git("tag", "--delete", "1.0.0")
    world.looked_up(draft, reviewer)

    with pytest.raises(Obstructed, match="could not be compared") as refused:
        certificate.certify(draft.pk, by=reviewer)

    row = Round.objects.get()
    assert (row.is_open, row.tag_commit, row.tag_looked_up_at is None) == (True, "", False)
    assert row.tag_problem
    assert str(refused.value.obstacles[0]) == (
        f"The tag 1.0.0 could not be compared with the reviewed commit: {row.tag_problem}"
    )


def test_who_found_that_a_tag_had_moved_is_in_the_history(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    world.tag("1.0.0", {"README.md": "other"})

    world.looked_up(draft, reviewer)

    moved, row = Event.objects.get(name="round:tag-moved"), Round.objects.get()
    assert moved.actor_id == str(reviewer.pk)
    assert row.tag_commit == world.git("rev-list", "-n1", "1.0.0")
    assert moved.details["to"] == row.tag_commit[:10]


@pytest.mark.parametrize(("outcome", "said"), [("did not run", "did not run"), ("failed", "failed")])
def test_a_required_check_that_did_not_pass_gives_no_certificate(
    world: World, reviewer: User, outcome: str, said: str
) -> None:
    draft = world.submitted(outcomes={"documentation": outcome})
    claims.start(draft.pk, by=reviewer)

    with pytest.raises(Obstructed, match=f"“Documentation” {said}"):
        certificate.certify(draft.pk, by=reviewer)


def test_an_advisory_check_that_failed_does_not_hold_the_certificate(world: World, reviewer: User) -> None:
    draft = world.submitted(outcomes={"static-analysis": "failed"})
    claims.start(draft.pk, by=reviewer)
    world.decided(draft, reviewer)

    assert certificate.certify(draft.pk, by=reviewer).round.decision == "certified"


def test_a_run_without_results_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    Round.objects.get().run.results.all().delete()  # type: ignore[union-attr]

    with pytest.raises(Obstructed, match="No required check ran"):
        certificate.certify(draft.pk, by=reviewer)


def test_only_the_assignee_or_a_lead_decides(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)

    with pytest.raises(NotAllowed, match="This review is assigned to Rita"):
        certificate.certify(draft.pk, by=world.person("Rob"))

    assert certificate.certify(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER)).round.decided_by == world.person(
        "Lea"
    )


def test_a_refused_certificate_leaves_nothing_behind(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    Round.objects.get().run.results.all().delete()  # type: ignore[union-attr]
    before = (Event.objects.count(), ConnectorStaged.objects.get().version)

    with pytest.raises(Obstructed):
        certificate.certify(draft.pk, by=reviewer, message="Fine.")

    assert (Event.objects.count(), ConnectorStaged.objects.get().version) == before
    assert not draft.comments.exists()


def test_every_obstacle_is_named_at_once(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer, problems=[Problem()], outcomes={"secrets": "failed", "documentation": "did not run"})
    verdicts.decide(draft.pk, "tests", "fail", by=reviewer, comment="There are none.")
    world.tag("1.0.0", {"README.md": "other"})
    world.looked_up(draft, reviewer)

    with pytest.raises(Obstructed) as refused:
        certificate.certify(draft.pk, by=reviewer)

    said = [str(obstacle) for obstacle in refused.value.obstacles]
    assert said[0].startswith("The tag 1.0.0 now leads to")
    assert "The required check “Secrets” failed." in said
    assert "The required check “Documentation” did not run." in said
    assert "1 blocking finding is open and not waived." in said
    assert any("criteria are not decided" in sentence for sentence in said)
    assert "The criterion “The important paths have tests” failed." in said


def test_a_criterion_that_is_not_decided_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer, but=["callers"])

    with pytest.raises(Obstructed, match="Endpoints know who calls them"):
        certificate.certify(draft.pk, by=reviewer)


def test_a_should_criterion_may_fail(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    verdicts.decide(draft.pk, "support", "fail", by=reviewer, comment="No address.")

    assert certificate.certify(draft.pk, by=reviewer).round.decision == "certified"


def test_nothing_is_decided_while_it_is_the_developers_turn(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    question.ask(draft.pk, by=reviewer, message="Why?")

    with pytest.raises(ReviewError, match="It is the developer's turn"):
        certificate.certify(draft.pk, by=reviewer)


def test_what_others_did_since_the_page_was_shown_refuses_the_decision(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    seen = Event.objects.latest("pk").pk
    factory.act(draft, {"action": "addCertificationComment", "comment": "Wait, I found a bug."})

    with pytest.raises(Stale) as refused:
        certificate.certify(draft.pk, by=reviewer, last_event_id=seen)

    assert refused.value.changes == ("API client test-client commented.",)
    assert (
        certificate.certify(draft.pk, by=reviewer, last_event_id=Event.objects.latest("pk").pk).round.decision
        == "certified"
    )


def test_a_page_that_is_out_of_date_has_no_tag_looked_up(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    seen = Event.objects.latest("pk").pk
    factory.act(draft, {"action": "addCertificationComment", "comment": "Wait, I found a bug."})

    with pytest.raises(Stale):
        certificate.certify(draft.pk, by=reviewer, last_event_id=seen)

    assert Round.objects.get().tag_looked_up_at is None


def long_after_the_checks() -> Any:
    """Return a moment at which the last lookup is no longer recent."""
    return time_machine.travel(timezone.now() + tag_target.RECENT + timedelta(seconds=1))


@pytest.mark.security
def test_a_certificate_waits_for_a_worker_to_look_the_tag_up(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)

    with long_after_the_checks():
        for _ in range(2):
            with pytest.raises(TagBeingChecked, match=r"checking where the tag 1\.0\.0 leads"):
                certificate.certify(draft.pk, by=reviewer)
        check = TagCheck.objects.get()
        assert (check.state, check.asked_by, Connector.objects.exists()) == ("queued", reviewer, False)

        assert tag_target.work(check.pk) == "done"
        assert certificate.certify(draft.pk, by=reviewer).round.decision == "certified"


def test_a_lookup_is_too_old_after_a_minute(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    world.looked_up(draft, reviewer)

    with long_after_the_checks(), pytest.raises(TagBeingChecked):
        certificate.certify(draft.pk, by=reviewer)

    assert certificate.certify(draft.pk, by=reviewer).round.decision == "certified"


def test_a_lookup_that_failed_is_repeated_soon(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    commit = world.git("rev-parse", "1.0.0")
    world.git("tag", "--delete", "1.0.0")
    world.looked_up(draft, reviewer)
    world.git("tag", "1.0.0", commit)

    with pytest.raises(Obstructed, match="could not be compared"):
        certificate.certify(draft.pk, by=reviewer)
    with time_machine.travel(timezone.now() + tag_target.RECENT_FAILURE + timedelta(seconds=1)):
        with pytest.raises(TagBeingChecked):
            certificate.certify(draft.pk, by=reviewer)
        tag_target.work(TagCheck.objects.get().pk)
        assert certificate.certify(draft.pk, by=reviewer).round.decision == "certified"


def test_a_lookup_for_a_round_that_is_over_says_nothing_about_the_next_one(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    check = tag_target.ask(Round.objects.get(), by=reviewer)
    world.tag("1.0.1", {"README.md": "other"})
    changes_wanted(draft, reviewer)
    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())

    assert tag_target.work(check.pk) == "done"

    assert [row.tag_looked_up_at for row in Round.objects.all()] == [None, None]


def changes_wanted(draft: ConnectorStaged, reviewer: User) -> None:
    """Ask the developer for a change."""
    conversation.request(draft.pk, by=reviewer, text="Rename it.")
    changes.request_changes(draft.pk, by=reviewer)


def test_only_who_may_decide_has_the_tag_looked_up(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with long_after_the_checks(), pytest.raises(NotAllowed):
        certificate.certify(draft.pk, by=world.person("Rob"))
    certificate.look_up_now(draft.pk, by=world.person("Rob"))

    assert not TagCheck.objects.exists()


def test_a_sweep_sends_a_lookup_again_whose_worker_is_gone(world: World, reviewer: User) -> None:
    world.begun(reviewer)
    check = tag_target.ask(Round.objects.get(), by=reviewer)
    before = DBTaskResult.objects.count()

    swept.send(sender=None, now=timezone.now() + fetching.GRACE + timedelta(seconds=1))

    sent = DBTaskResult.objects.order_by("enqueued_at")[before:]
    assert [row.args_kwargs["args"] for row in sent if row.task_path == tag_target.look_up.module_path] == [[check.pk]]


def test_a_certificate_without_a_message_leaves_no_comment(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)

    answer = certificate.certify(draft.pk, by=reviewer)

    assert (answer.text, answer.comment) == ("", None)
    assert not draft.comments.exists()


def test_what_one_did_oneself_is_not_news(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    seen = Event.objects.latest("pk").pk
    world.decided(draft, reviewer)

    assert certificate.certify(draft.pk, by=reviewer, last_event_id=seen).round.decision == "certified"


@pytest.mark.parametrize(
    "rule",
    [
        {"integration_type": "psp"},
        {"kind": "first"},
        {"share": 100},
    ],
)
def test_a_rule_asks_for_a_second_signature(world: World, reviewer: User, rule: dict[str, Any]) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes", **rule)
    draft = world.begun(reviewer, integrationTypes=["psp", "tax"])
    world.decided(draft, reviewer)

    row = certificate.certify(draft.pk, by=reviewer, message="Welcome.").round

    assert (row.is_open, row.awaits, row.assignee) == (True, "review", None)
    assert approvals.is_signed(row)
    assert not Connector.objects.exists()
    assert not draft.comments.exists()
    with pytest.raises(NotAllowed, match="You already signed"):
        claims.start(draft.pk, by=reviewer)

    second = world.person("Rob")
    claims.start(draft.pk, by=second)
    assert certificate.certify(draft.pk, by=second).round.decision == "certified"
    event = Event.objects.get(name="certification:certified")
    assert event.details["signed_by"] == ["Rita", "Rob"]


def test_what_the_first_signature_leaves_to_the_second_reviewer(world: World, reviewer: User) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes")
    draft, token, moment = world.begun(reviewer), uuid4(), timezone.now() + timedelta(minutes=5)
    world.decided(draft, reviewer)
    remark = conversation.remark(draft.pk, by=reviewer, path="README.md", line=1, text="A typo.")

    answer = certificate.certify(draft.pk, by=reviewer, message=" Welcome. ", token=token, now=moment)

    row = answer.round
    note = Note.objects.get(round=row)
    signature = Approval.objects.get(round=row)
    event = Event.objects.get(name="certification:first-approval")
    remark.refresh_from_db()
    assert (answer.kind, answer.by, answer.text, answer.token, answer.at) == ("approved", reviewer, "", token, moment)
    assert remark.sent_with is None
    assert (note.text, note.by, note.at) == ("Message for the certificate:\n\nWelcome.", reviewer, moment)
    assert (signature.by, signature.by_label, signature.commit, signature.at) == (reviewer, "Rita", row.commit, moment)
    assert (event.details, event.commit) == ({"round": 1, "rules": ["Two pairs of eyes"]}, row.commit)


def test_a_first_signature_without_a_message_leaves_no_note(world: World, reviewer: User) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes")
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)

    certificate.certify(draft.pk, by=reviewer, message=" \n")

    assert not Note.objects.exists()


def back_by_answer(draft: ConnectorStaged, second: User) -> None:
    question.ask(draft.pk, by=second, message="Which shop?")
    submissions.answer(draft.pk, by=factory.developer(), text="Shop 12.")


def back_by_hand(draft: ConnectorStaged, second: User) -> None:
    request = conversation.request(draft.pk, by=second, text="Rename it.")
    changes.request_changes(draft.pk, by=second)
    submissions.answer_request(draft.pk, request.pk, by=factory.developer(), reply="It has to be called that.")
    submissions.hand_back(draft.pk, by=factory.developer())


def back_by_deadline(draft: ConnectorStaged, second: User) -> None:
    question.ask(draft.pk, by=second, message="Which shop?")
    deadlines.sweep(now=Round.objects.get().due_at + timedelta(days=30))


@pytest.mark.parametrize("back", [back_by_answer, back_by_hand, back_by_deadline])
def test_what_comes_back_from_the_developer_still_waits_for_somebody_elses_signature(
    world: World, reviewer: User, back: Callable[[ConnectorStaged, User], None]
) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes")
    draft, second, lead = world.begun(reviewer), world.person("Rob"), world.person("Lea", Role.LEAD_REVIEWER)
    world.decided(draft, reviewer)
    certificate.certify(draft.pk, by=reviewer)
    claims.start(draft.pk, by=second)

    back(draft, second)

    assert approvals.is_signed(Round.objects.get())
    claims.release(draft.pk, by=second)
    with pytest.raises(NotAllowed, match="You already signed"):
        claims.start(draft.pk, by=reviewer)
    with pytest.raises(ReviewError, match="You already signed"):
        claims.assign(draft.pk, to=reviewer, by=lead)
    assert claims.claim_next(by=reviewer) is None
    row = claims.claim_next(by=second)
    assert row is not None and row.assignee == second
    assert certificate.certify(draft.pk, by=second).round.decision == "certified"


def test_a_lead_who_signed_first_does_not_sign_again(world: World) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes")
    lead = world.person("Lea", Role.LEAD_REVIEWER)
    draft = world.begun(lead)
    world.decided(draft, lead)
    certificate.certify(draft.pk, by=lead)
    claims.start(draft.pk, by=world.person("Rob"))
    back_by_answer(draft, world.person("Rob"))

    with pytest.raises(Obstructed, match="You already signed"):
        certificate.certify(draft.pk, by=lead)

    assert Round.objects.get().is_open


@pytest.mark.parametrize(
    "rule",
    [
        {"integration_type": "tax"},
        {"kind": "update"},
        {"breaking_only": True},
        {"share": 0},
        {"active": False},
    ],
)
def test_a_rule_that_does_not_fit_asks_for_nothing(world: World, reviewer: User, rule: dict[str, Any]) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes", **rule)
    draft = world.begun(reviewer, integrationTypes=["psp"])
    world.decided(draft, reviewer)

    assert certificate.certify(draft.pk, by=reviewer).round.decision == "certified"


def test_a_certificate_settles_the_requests(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    done = conversation.request(draft.pk, by=reviewer, text="Read the port.")
    other = conversation.request(draft.pk, by=reviewer, text="Rename it.")
    changes.request_changes(draft.pk, by=reviewer)
    submissions.answer_request(draft.pk, done.pk, by=factory.developer(), reply="Done.")
    submissions.answer_request(draft.pk, other.pk, by=factory.developer())
    submissions.answer_request(draft.pk, other.pk, by=factory.developer(), done=False)
    with pytest.raises(ReviewError, match="Mark every request"):
        submissions.hand_back(draft.pk, by=factory.developer())
    submissions.answer_request(draft.pk, other.pk, by=factory.developer())
    submissions.hand_back(draft.pk, by=factory.developer())
    conversation.reopen(draft.pk, other.pk, by=reviewer)

    moment = timezone.now() + timedelta(minutes=5)

    certificate.certify(draft.pk, by=reviewer, now=moment)

    done.refresh_from_db()
    other.refresh_from_db()
    assert (done.state, done.settled_by, done.settled_at) == ("accepted", reviewer, moment)
    assert (other.state, other.settled_by, other.settled_at) == ("dropped", reviewer, moment)
