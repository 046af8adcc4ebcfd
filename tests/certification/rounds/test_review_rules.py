"""The rules of a review, written out: who may do what in which state, and what everybody else reads.

`test_abilities` compares what is offered with what happens; here stands what both of them should be.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.moments import when
from accounts.roles import Role
from certification import decisions
from certification.decisions import certificate, changes
from certification.errors import NotAllowed, Obstructed, ReviewError
from certification.models import Round, Submission
from certification.rounds import rounds, submissions
from certification.rounds.abilities import Abilities, abilities
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.rounds.test_abilities import (
    STATES,
    VERBS,
    appealed,
    asked,
    assigned,
    begun,
    case_of,
    certified,
    checking,
    decided,
    failed,
    people,
    ready,
    requested,
    signed,
    signed_and_taken,
    with_credentials,
    withdrawn,
)
from tests.certification.world import World

pytestmark = pytest.mark.django_db

State = Callable[[World], ConnectorStaged]

HOLDER, OTHER, SIGNER, MEMBER = "assigned reviewer", "reviewer", "first signer", "reviewer of the same Project"
LEAD, SECURITY, ADMIN = "lead", "security reviewer", "admin"
NO_REVIEWER = {"auditor", "reviewer who left", "owner", "developer", "stranger"}
LEADS, APPROVERS = {LEAD, ADMIN}, {LEAD, SECURITY, ADMIN}
EVERYBODY = {HOLDER, OTHER, SIGNER, MEMBER, *APPROVERS, *NO_REVIEWER}

ALL = set(VERBS)
DECISIONS = set(decisions.registered())
ASSIGN = {"assign", "assign to oneself"}
AFTER_THE_END = {"save unsent", "fetch tags"}
NO_JUDGMENT = {"note", "recheck", *AFTER_THE_END}
WAIVERS = {f"approve {state} waiver" for state in ("proposed", "active", "revoked")} | {"revoke active waiver"}
OWN_WAIVERS = {"revoke proposed waiver", "revoke revoked waiver"}

ANY = set(STATES)
OVER = {certified, failed, withdrawn}
FREE = {ready, signed, appealed}
HELD = ANY - OVER - FREE

ROLE = "Your role does not allow this."
CLOSE = "You are a member of Acme. Somebody else must review its connectors."
REFUSED = "You made the decision that this appeal is about. Somebody else must review it."
SIGNED = "You already signed. The second signature must come from somebody else."
FIRST = "The connector is ready for certification: start the certification first."
WAIT = "The connector is processing: wait for the checks."

RULES: tuple[tuple[Set[State], Set[str], Set[str], str], ...] = (
    # Nobody acts in a round that is over, but what was typed is kept, and files are looked at.
    ({certified}, ALL - AFTER_THE_END, EVERYBODY, "Nothing is being reviewed: the connector is published."),
    ({failed}, ALL - AFTER_THE_END, EVERYBODY, "Nothing is being reviewed: the connector is failed."),
    ({withdrawn}, ALL - AFTER_THE_END, EVERYBODY, "Nothing is being reviewed: the connector is draft."),
    # What roles allow.
    (ANY, ALL, NO_REVIEWER, ROLE),
    (ANY, ASSIGN, EVERYBODY - LEADS, ROLE),
    (ANY, WAIVERS, EVERYBODY - APPROVERS, ROLE),
    (ANY, OWN_WAIVERS, EVERYBODY - APPROVERS - {HOLDER}, ROLE),
    # A lead releases for the assigned reviewer.
    (FREE, {"release"}, EVERYBODY, "This review is not assigned to anybody."),
    (ANY, {"release"}, {MEMBER}, CLOSE),
    (
        HELD,
        {"release"},
        EVERYBODY - LEADS - {HOLDER},
        "This review is assigned to Rita. Only they or a lead reviewer can release it.",
    ),
    # Nobody reviews their own connectors, or judges an appeal against themselves.
    (ANY, ALL, {MEMBER}, CLOSE),
    ({appealed}, ALL - NO_JUDGMENT - ASSIGN, {HOLDER}, REFUSED),
    # Claiming.
    ({signed, signed_and_taken}, {"claim"}, {SIGNER}, SIGNED),
    (HELD, {"claim"}, EVERYBODY - {HOLDER}, "This review is assigned to Rita."),
    ({checking}, {"claim"}, {HOLDER}, WAIT),
    (HELD - {assigned}, {"claim"}, {HOLDER}, "You already have this review."),
    # What is said.
    (
        {checking},
        {"comment"},
        EVERYBODY,
        "The ConnectorStaged is Processing: comment after the checks have ended.",
    ),
    (
        ANY,
        {"drop an unsent line comment", "drop a sent line comment"},
        EVERYBODY - {HOLDER},
        "Only the person who wrote a comment can delete it.",
    ),
    (ANY, {"drop a sent line comment"}, EVERYBODY, "The comment has already been sent."),
    (ANY, {"accept settled request", "drop settled request"}, EVERYBODY, "The request is already settled."),
    (ANY, {"reopen open request"}, EVERYBODY, "The request is open."),
    (ANY - {with_credentials}, {"end escalation"}, EVERYBODY, "This review is not escalated."),
    # Evidence.
    (
        {decided, signed, signed_and_taken, checking},
        {"accept evidence"},
        EVERYBODY,
        "The checks prove no criterion that is still undecided.",
    ),
    (
        ANY,
        {"approve active waiver", "approve revoked waiver"},
        EVERYBODY,
        "Only a proposed waiver can be approved.",
    ),
    (ANY, {"revoke revoked waiver"}, EVERYBODY, "The waiver is already revoked."),
    (ANY - {with_credentials}, {"reveal"}, EVERYBODY, "The developer has not sent any credentials."),
    # Decisions: a review that has begun, by the assigned reviewer or a lead, when it is the reviewer's turn.
    ({ready, assigned, appealed}, DECISIONS, EVERYBODY, FIRST),
    ({checking}, DECISIONS, EVERYBODY, WAIT),
    (
        {signed},
        DECISIONS,
        EVERYBODY - LEADS,
        "This review is not assigned to anybody. Claim it to decide.",
    ),
    (
        HELD,
        DECISIONS,
        EVERYBODY - LEADS - {HOLDER},
        "This review is assigned to Rita. Only they or a lead reviewer can decide.",
    ),
    ({asked, requested}, DECISIONS, EVERYBODY, "It is the developer's turn until {due}."),
    (
        {begun, with_credentials},
        {"certified"},
        EVERYBODY,
        "14 criteria are not decided: connect.yaml describes the connector completely, Every configuration key is "
        "explained and secrets are secured, The API client asks for no more than it uses and 11 more.",
    ),
)
"""In which states, for which verbs and whom, and the sentence; the first row that fits counts. All else is possible."""


def rule(state: State, verb: str, who: str) -> str:
    """Return what somebody should read about a verb, "" where it should be possible."""
    return next((text for states, verbs, them, text in RULES if state in states and verb in verbs and who in them), "")


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_everybody_may_do_what_the_rules_say_and_reads_why_not(world: World, state: State) -> None:
    draft = state(world)
    case = case_of(world, draft)
    due = when(case.round.due_at)

    wrong = []
    for who, by in people(world, draft.project_id).items():
        can = abilities(case.round, by)
        for name, (ask, _) in VERBS.items():
            expected, told = rule(state, name, who).format(due=due), ask(can, case).why_not
            if told != expected:
                wrong.append(f"{who}, {name}: {told or 'yes'!r} instead of {expected or 'yes'!r}")

    assert not wrong, "\n".join(wrong)


def can_now(world: World, draft: ConnectorStaged, name: str, role: str = Role.REVIEWER) -> Abilities:
    """Return what somebody may do in the last round."""
    row = rounds.latest(draft.pk)
    assert row is not None
    return abilities(row, world.person(name, role))


def test_a_review_is_assigned_only_to_those_who_may_have_it(world: World) -> None:
    draft = signed(world)
    can = can_now(world, draft, "Lea", Role.LEAD_REVIEWER)
    inside = world.person("Ines")
    world.member(inside, draft.project)

    told = {str(to): can.assign_to(to).why_not for to in (world.person("Simon"), inside, factory.stranger())}

    assert told == {
        "Simon": f"This review cannot be assigned to Simon. They see: {SIGNED}",
        "Ines": f"This review cannot be assigned to Ines. They see: {CLOSE}",
        "Sam Stranger": "Sam Stranger is not a reviewer.",
    }
    assert can.assign_to(world.person("Rob")).possible
    assert can_now(world, draft, "Rita").assign_to(world.person("Rob")).why_not == ROLE


def test_an_appeal_is_not_assigned_to_whom_it_is_against(world: World) -> None:
    can = can_now(world, appealed(world), "Lea", Role.LEAD_REVIEWER)

    assert can.assign_to(world.person("Rita")).why_not.endswith(f"They see: {REFUSED}")


def test_a_lead_sets_deadlines_and_nobody_else(world: World) -> None:
    draft = begun(world)

    assert can_now(world, draft, "Lea", Role.LEAD_REVIEWER).sets_deadline().possible
    assert can_now(world, draft, "Rita").sets_deadline().why_not == ROLE


def test_the_page_of_a_reviewer_says_why_they_are_too_close(world: World) -> None:
    draft = appealed(world)
    inside = world.person("Ines")
    world.member(inside, draft.project)

    assert can_now(world, draft, "Ines").too_close == CLOSE
    assert can_now(world, draft, "Rita").too_close == REFUSED
    assert can_now(world, draft, "Rob").too_close == ""
    assert (can_now(world, draft, "Ines").closed, can_now(world, draft, "Rita").closed) == (CLOSE, "")


def test_the_turn_comes_back_by_itself_only_where_nobody_answers_a_question(world: World) -> None:
    draft = asked(world)
    due = Round.objects.get().due_at
    decision = can_now(world, draft, "Rita").decide()

    assert (decision.since, decision.until) == (due, None)
    Round.objects.update(awaits="changes")
    assert can_now(world, draft, "Rita").decide().since is None
    Round.objects.update(awaits="answer", turn="reviewer")
    assert can_now(world, draft, "Rita").decide().since is None


def test_the_turn_of_a_round_that_is_over_does_not_come_back(world: World) -> None:
    draft = asked(world)
    submissions.withdraw(draft.pk, by=factory.developer())

    assert can_now(world, draft, "Rita").decide().since is None


def test_an_earlier_round_leads_to_the_one_that_goes_on(world: World) -> None:
    appealed(world)
    first = Round.objects.order_by("number")[0]
    can = abilities(first, world.person("Rob"))

    assert can.goes_on
    assert can.note().why_not == "This round is over. The review continues in a newer one."


def test_credentials_are_revealed_until_they_expire(world: World) -> None:
    draft = with_credentials(world)
    expire_at = Submission.objects.get().credentials_expire_at
    assert expire_at is not None
    row, rita = Round.objects.get(), world.person("Rita")

    shown = {
        seconds: abilities(row, rita, now=expire_at + timedelta(seconds=seconds)).reveal() for seconds in (-1, 0, 1)
    }

    assert shown[-1].possible and shown[-1].until == expire_at
    assert [shown[seconds].why_not for seconds in (0, 1)] == [
        "The credentials have expired. Ask the developer for new ones."
    ] * 2
    Submission.objects.update(credentials_expire_at=None)
    assert can_now(world, draft, "Rita").reveal().possible


def test_a_waiver_is_approved_by_somebody_else_before_it_expires(world: World) -> None:
    draft = begun(world)
    case = case_of(world, draft)
    case.proposed.proposed_by = world.person("Sven", Role.SECURITY_REVIEWER)
    proposed = case.proposed

    own = can_now(world, draft, "Sven").approve_waiver(proposed)
    lead = can_now(world, draft, "Lea", Role.LEAD_REVIEWER).approve_waiver(proposed)
    late = abilities(case.round, world.person("Lea"), now=proposed.expires_at).approve_waiver(proposed)

    assert own.why_not == "You proposed this waiver. Somebody else must approve it."
    assert (lead.possible, lead.until) == (True, proposed.expires_at)
    assert (late.why_not, late.until) == ("Only a proposed waiver can be approved.", None)


def test_whoever_proposed_a_waiver_ends_it_only_until_it_is_approved(world: World) -> None:
    draft = begun(world)
    case = case_of(world, draft)

    rita = can_now(world, draft, "Rita")

    assert rita.revoke_waiver(case.proposed).possible
    assert rita.revoke_waiver(case.active).why_not == ROLE
    assert can_now(world, draft, "Rob").revoke_waiver(case.proposed).why_not == ROLE


def test_changes_are_requested_when_there_is_a_request(world: World) -> None:
    can = can_now(world, begun(world), "Rita")

    assert not can.wants_changes
    assert changes.ability(can).why_not == "Add at least one request for a change first."


def test_the_second_signature_is_somebody_elses_also_for_a_lead(world: World) -> None:
    draft = signed(world)
    Round.objects.update(assignee=world.person("Simon"))
    lead = can_now(world, draft, "Lea", Role.LEAD_REVIEWER)
    simon = can_now(world, draft, "Simon")

    refusal = certificate.ability(simon).refusal
    assert isinstance(refusal, Obstructed)
    assert str(refusal) == SIGNED
    assert [obstacle.section for obstacle in simon.obstacles] == ["decide"]
    assert (simon.has_signed, simon.is_signed, simon.signs_first) == (True, True, True)
    assert certificate.ability(lead).possible
    assert (lead.has_signed, lead.is_signed, lead.signs_first) == (False, True, False)


def test_without_a_rule_one_signature_is_enough(world: World) -> None:
    can = can_now(world, decided(world), "Rita")

    assert (can.has_signed, can.is_signed, can.signs_first) == (False, False, False)


def test_who_may_never_decide_is_told_before_what_is_missing(world: World) -> None:
    assert isinstance(certificate.ability(can_now(world, begun(world), "Rob")).refusal, NotAllowed)


def changes_wanted(world: World) -> ConnectorStaged:
    """Begun, with a request that was not sent yet."""
    draft = begun(world)
    case_of(world, draft)
    return draft


@pytest.mark.parametrize("days", [0, 61])
def test_a_deadline_is_between_one_and_sixty_business_days(world: World, days: int) -> None:
    draft = changes_wanted(world)

    with pytest.raises(ReviewError, match="Give the developer 1 to 60 business days"):
        changes.request_changes(draft.pk, by=world.person("Lea", Role.LEAD_REVIEWER), days=days)


def test_facts_that_were_gathered_already_are_not_gathered_again(world: World) -> None:
    draft = decided(world)
    first = can_now(world, draft, "Rita")
    again = abilities(first.round, first.by, now=timezone.now(), evidence=first.evidence, rows=first.rows)

    assert again.evidence is first.evidence
    assert again.rows is first.rows
