"""What reviewers do with a round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from accounts.models import Event, User
from accounts.roles import Role
from certification.desk import claims
from certification.errors import AlreadySent, NotAllowed, Obstructed, ReviewError, Stale
from certification.models import Answer, ApprovalRule, Round
from certification.rounds import approvals, conversation, deadlines, decisions, escalations, reruns, submissions
from certification.verdicts import verdicts
from connectors.models import Connector, ConnectorStaged, Release
from tests import factory
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
END_OF_MONDAY = datetime.combine(MONDAY, time.max, tzinfo=UTC)


def test_certifying_publishes_the_pinned_commit(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)

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
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    world.tag("1.0.0", {"README.md": "other"})

    with pytest.raises(Obstructed, match=r"The tag 1\.0\.0 leads to"):
        decisions.certify(draft.pk, by=reviewer)

    assert not Connector.objects.exists()
    assert Round.objects.get().is_open


def test_a_tag_that_cannot_be_looked_up_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.git("tag", "--delete", "1.0.0")

    with pytest.raises(Obstructed, match="could not be compared"):
        decisions.certify(draft.pk, by=reviewer)


@pytest.mark.parametrize(("outcome", "said"), [("did not run", "did not run"), ("failed", "failed")])
def test_a_required_check_that_did_not_pass_gives_no_certificate(
    world: World, reviewer: User, outcome: str, said: str
) -> None:
    draft = world.submitted(outcomes={"documentation": outcome})
    claims.start(draft.pk, by=reviewer)

    with pytest.raises(Obstructed, match=f"“Documentation” {said}"):
        decisions.certify(draft.pk, by=reviewer)


def test_an_advisory_check_that_failed_does_not_hold_the_certificate(world: World, reviewer: User) -> None:
    draft = world.submitted(outcomes={"static-analysis": "failed"})
    claims.start(draft.pk, by=reviewer)
    world.decided(draft, reviewer)

    assert decisions.certify(draft.pk, by=reviewer).decision == "certified"


def test_a_run_without_results_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    Round.objects.get().run.results.all().delete()  # type: ignore[union-attr]

    with pytest.raises(Obstructed, match="No required check ran"):
        decisions.certify(draft.pk, by=reviewer)


def test_only_the_assignee_or_a_lead_decides(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)

    with pytest.raises(NotAllowed, match="This review is assigned to Rita"):
        decisions.certify(draft.pk, by=world.person("Rob"))

    assert decisions.certify(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER)).decided_by == world.person("Lea")


def test_failing_says_why_and_ends_the_round(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    row = decisions.fail(draft.pk, by=reviewer, reason="security", message="The endpoint takes any caller.")

    draft.refresh_from_db()
    assert draft.status == row.status == "Failed"
    assert (row.decision, row.reason) == ("failed", "security")
    assert draft.comments.get().text == "The endpoint takes any caller."
    assert not Connector.objects.exists()


def test_failing_leaves_the_reason_behind_the_entries_of_the_checks(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    draft.refresh_from_db()
    checks = draft.publishing_report["entries"]

    decisions.fail(draft.pk, by=reviewer, reason="security", message="Any caller\nis \u202etrusted." + "x" * 3000)

    draft.refresh_from_db()
    *before, last = draft.publishing_report["entries"]
    assert before == checks
    assert (last["type"], last["title"]) == ("Error", "Certification refused: security")
    assert last["message"].startswith("Any caller is \N{REPLACEMENT CHARACTER}trusted.xxx")
    assert last["message"].endswith("…")
    assert last["createdAt"]
    assert '"Certification refused: security"' in draft.document


@pytest.mark.parametrize(("reason", "message"), [("", "Text"), ("weather", "Text"), ("security", "  ")])
def test_failing_needs_a_known_reason_and_a_text(world: World, reviewer: User, reason: str, message: str) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError):
        decisions.fail(draft.pk, by=reviewer, reason=reason, message=message)

    assert Round.objects.get().is_open


def test_the_same_form_sent_twice_says_it_once(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    token = uuid4()
    conversation.comment(draft.pk, by=reviewer, message="Looking at it.", token=token)

    with pytest.raises(AlreadySent):
        conversation.comment(draft.pk, by=reviewer, message="Looking at it.", token=token)

    assert draft.comments.count() == Answer.objects.count() == 1


def test_a_refused_certificate_leaves_nothing_behind(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    Round.objects.get().run.results.all().delete()  # type: ignore[union-attr]
    before = (Event.objects.count(), ConnectorStaged.objects.get().version)

    with pytest.raises(Obstructed):
        decisions.certify(draft.pk, by=reviewer, message="Fine.")

    assert (Event.objects.count(), ConnectorStaged.objects.get().version) == before
    assert not draft.comments.exists()


def test_every_obstacle_is_named_at_once(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer, problems=[Problem()], outcomes={"secrets": "failed", "documentation": "did not run"})
    verdicts.decide(draft.pk, "tests", "fail", by=reviewer, comment="There are none.")
    world.tag("1.0.0", {"README.md": "other"})

    with pytest.raises(Obstructed) as refused:
        decisions.certify(draft.pk, by=reviewer)

    said = [str(obstacle) for obstacle in refused.value.obstacles]
    assert said[0].startswith("The tag 1.0.0 leads to")
    assert "The required check “Secrets” failed." in said
    assert "The required check “Documentation” did not run." in said
    assert "1 blocking finding is open and not waived." in said
    assert any("criteria are not decided" in sentence for sentence in said)
    assert "The criterion “The important paths have tests” failed." in said


def test_a_criterion_that_is_not_decided_gives_no_certificate(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer, but=["callers"])

    with pytest.raises(Obstructed, match="Endpoints know who calls them"):
        decisions.certify(draft.pk, by=reviewer)


def test_a_should_criterion_may_fail(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    verdicts.decide(draft.pk, "support", "fail", by=reviewer, comment="No address.")

    assert decisions.certify(draft.pk, by=reviewer).decision == "certified"


def test_asking_gives_the_turn_to_the_developer_and_stops_the_clock(world: World, reviewer: User) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        draft = world.begun(reviewer)
        due = Round.objects.get().due_at
        clock.shift(timedelta(days=1))
        decisions.ask(draft.pk, by=reviewer, message="Which shop can we test with?")
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
    decisions.ask(draft.pk, by=reviewer, message="Why?")

    factory.act(draft, {"action": "addCertificationComment", "comment": "Because."})

    assert Round.objects.get().turn == "reviewer"


def test_nothing_is_decided_while_it_is_the_developers_turn(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    decisions.ask(draft.pk, by=reviewer, message="Why?")

    with pytest.raises(ReviewError, match="It is the developer's turn"):
        decisions.certify(draft.pk, by=reviewer)


def test_requesting_changes_needs_a_request(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError, match="at least one request"):
        decisions.request_changes(draft.pk, by=reviewer, message="Please change things.")


def test_requested_changes_have_a_deadline_and_are_told(world: World, reviewer: User) -> None:
    with time_machine.travel(MONDAY, tick=False):
        draft = world.begun(reviewer)
        asked = conversation.request(draft.pk, by=reviewer, text="Read the port.", path="service/src/index.js", line=1)
        remark = conversation.remark(draft.pk, by=reviewer, path="README.md", line=1, text="A typo.")
        answer = decisions.request_changes(draft.pk, by=reviewer)

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
        decisions.request_changes(draft.pk, by=reviewer, days=30)
    with pytest.raises(ReviewError, match="1 to 60"):
        decisions.request_changes(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER), days=61)

    with time_machine.travel(MONDAY, tick=False):
        decisions.request_changes(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER), days=5)
    assert Round.objects.get().due_at == END_OF_MONDAY + timedelta(days=7)


def test_what_others_did_since_the_page_was_shown_refuses_the_decision(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    seen = Event.objects.latest("pk").pk
    factory.act(draft, {"action": "addCertificationComment", "comment": "Wait, I found a bug."})

    with pytest.raises(Stale) as refused:
        decisions.certify(draft.pk, by=reviewer, last_event_id=seen)

    assert refused.value.changes == ("API client test-client commented.",)
    assert decisions.certify(draft.pk, by=reviewer, last_event_id=Event.objects.latest("pk").pk).decision == "certified"


def test_what_one_did_oneself_is_not_news(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    seen = Event.objects.latest("pk").pk
    world.decided(draft, reviewer)

    assert decisions.certify(draft.pk, by=reviewer, last_event_id=seen).decision == "certified"


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

    row = decisions.certify(draft.pk, by=reviewer, message="Welcome.")

    assert (row.is_open, row.awaits, row.assignee) == (True, "review", None)
    assert approvals.is_signed(row)
    assert not Connector.objects.exists()
    assert not draft.comments.exists()
    with pytest.raises(NotAllowed, match="You already signed"):
        claims.start(draft.pk, by=reviewer)

    second = world.person("Rob")
    claims.start(draft.pk, by=second)
    assert decisions.certify(draft.pk, by=second).decision == "certified"
    event = Event.objects.get(name="certification:certified")
    assert event.details["signed_by"] == ["Rita", "Rob"]


def back_by_answer(draft: ConnectorStaged, second: User) -> None:
    decisions.ask(draft.pk, by=second, message="Which shop?")
    submissions.answer(draft.pk, by=factory.developer(), text="Shop 12.")


def back_by_hand(draft: ConnectorStaged, second: User) -> None:
    request = conversation.request(draft.pk, by=second, text="Rename it.")
    decisions.request_changes(draft.pk, by=second)
    submissions.answer_request(draft.pk, request.pk, by=factory.developer(), reply="It has to be called that.")
    submissions.hand_back(draft.pk, by=factory.developer())


def back_by_deadline(draft: ConnectorStaged, second: User) -> None:
    decisions.ask(draft.pk, by=second, message="Which shop?")
    deadlines.sweep(now=Round.objects.get().due_at + timedelta(days=30))


@pytest.mark.parametrize("back", [back_by_answer, back_by_hand, back_by_deadline])
def test_what_comes_back_from_the_developer_still_waits_for_somebody_elses_signature(
    world: World, reviewer: User, back: Callable[[ConnectorStaged, User], None]
) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes")
    draft, second, lead = world.begun(reviewer), world.person("Rob"), world.person("Lea", Role.LEAD_REVIEWER)
    world.decided(draft, reviewer)
    decisions.certify(draft.pk, by=reviewer)
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
    assert decisions.certify(draft.pk, by=second).decision == "certified"


def test_a_lead_who_signed_first_does_not_sign_again(world: World) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes")
    lead = world.person("Lea", Role.LEAD_REVIEWER)
    draft = world.begun(lead)
    world.decided(draft, lead)
    decisions.certify(draft.pk, by=lead)
    claims.start(draft.pk, by=world.person("Rob"))
    back_by_answer(draft, world.person("Rob"))

    with pytest.raises(Obstructed, match="You already signed"):
        decisions.certify(draft.pk, by=lead)

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

    assert decisions.certify(draft.pk, by=reviewer).decision == "certified"


def test_a_certificate_settles_the_requests(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    done = conversation.request(draft.pk, by=reviewer, text="Read the port.")
    other = conversation.request(draft.pk, by=reviewer, text="Rename it.")
    decisions.request_changes(draft.pk, by=reviewer)
    submissions.answer_request(draft.pk, done.pk, by=factory.developer(), reply="Done.")
    submissions.answer_request(draft.pk, other.pk, by=factory.developer())
    submissions.answer_request(draft.pk, other.pk, by=factory.developer(), done=False)
    with pytest.raises(ReviewError, match="Mark every request"):
        submissions.hand_back(draft.pk, by=factory.developer())
    submissions.answer_request(draft.pk, other.pk, by=factory.developer())
    submissions.hand_back(draft.pk, by=factory.developer())
    conversation.reopen(draft.pk, other.pk, by=reviewer)

    decisions.certify(draft.pk, by=reviewer)

    done.refresh_from_db()
    other.refresh_from_db()
    assert (done.state, other.state) == ("accepted", "dropped")


def test_escalating_needs_a_note_and_leaves_the_turn(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError, match="private note"):
        escalations.escalate(draft.pk, to="security", by=reviewer)
    row = escalations.escalate(draft.pk, to="security", by=reviewer, note="Home-made cryptography.")

    assert (row.escalated_to, row.turn, row.notes.get().text) == ("security", "reviewer", "Home-made cryptography.")
    assert escalations.escalate(draft.pk, to="", by=world.person("Sam", Role.SECURITY_REVIEWER)).escalated_to == ""


def test_checks_run_again_without_moving_anything(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    version = ConnectorStaged.objects.get(pk=draft.pk).version

    run = reruns.recheck(draft.pk, by=reviewer)

    assert (run.kind, run.state, run.certification) == ("recheck", "queued", True)
    assert ConnectorStaged.objects.get(pk=draft.pk).version == version
    assert Event.objects.filter(name="round:recheck-requested").count() == 1


def test_line_breaks_of_browsers_are_those_of_the_portal(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    conversation.comment(draft.pk, by=reviewer, message="\r\nFirst\r\nSecond\r\n")

    assert draft.comments.get().text == "First\nSecond"
