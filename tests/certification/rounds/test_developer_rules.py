"""What a Project's developers may do with a draft and its review in each state, and what they read where they may not.

`test_developer_abilities` compares what is offered with what happens; here stands what both of them should be.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied

from accounts.ability import Ability
from certification.models import ChangeRequest, Round
from certification.rounds.developer_abilities import DeveloperAbilities, developer_abilities
from connectors.models import ConnectorStaged, ValidationRun
from tests import factory
from tests.certification.rounds.test_abilities import asked, begun, certified, failed, ready, requested, withdrawn
from tests.certification.rounds.test_developer_abilities import (
    VERBS,
    draft,
    expired,
    moved_on,
    processing,
    rejected,
    ticked,
    unlisted,
)
from tests.certification.world import World

pytestmark = pytest.mark.django_db

State = Callable[[World], ConnectorStaged]

NOT_YOURS = "It is not your turn."
NO_DECISION = "There is no decision about this tag to appeal."
MOVED = "The draft now has another tag. Publish it with certification instead."
MARK = "Mark every requested change as done first, or choose a new tag."
ANSWER = "Answer the question in the conversation."
NOTHING = "Nothing is being reviewed: the connector is {}."


def can_now(row: ConnectorStaged) -> DeveloperAbilities:
    """Return what may be done with a draft as it is stored."""
    return developer_abilities(ConnectorStaged.objects.get(pk=row.pk), by=factory.WORKER)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (draft, NOTHING.format("draft")),
        (processing, NOTHING.format("processing")),
        (ready, NOT_YOURS),
        (begun, NOT_YOURS),
        (asked, ANSWER),
        (requested, MARK),
        (ticked, ""),
        (certified, NOTHING.format("published")),
        (failed, NOTHING.format("failed")),
        (expired, NOTHING.format("failed")),
    ],
)
def test_the_turn_is_handed_back_when_every_change_is_done(world: World, state: State, said: str) -> None:
    assert can_now(state(world)).hand_back().why_not == said


def test_a_change_that_was_not_sent_yet_holds_nothing_up(world: World) -> None:
    row = ticked(world)
    ChangeRequest.objects.create(round=Round.objects.get(), text="More", by=world.person("Rita"))

    assert can_now(row).hand_back().possible


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (draft, NO_DECISION),
        (begun, NO_DECISION),
        (rejected, NO_DECISION),
        (certified, NO_DECISION),
        (withdrawn, NO_DECISION),
        # A submission that came too late was refused by nobody.
        (expired, NO_DECISION),
        (moved_on, MOVED),
        (failed, ""),
    ],
)
def test_what_reviewers_refused_is_appealed_while_the_tag_is_the_same(world: World, state: State, said: str) -> None:
    assert can_now(state(world)).appeal().why_not == said


def test_an_appeal_goes_behind_the_run_that_passed(world: World) -> None:
    row = failed(world)
    run = can_now(row).refused_run
    assert run is not None
    assert (run.kind, run.state, run.certification) == ("publish", "passed", True)

    for change in ({"state": "failed"}, {"state": "passed", "certification": False}):
        ValidationRun.objects.filter(pk=run.pk).update(**change)
        assert can_now(row).appeal().why_not == NO_DECISION
    ValidationRun.objects.all().delete()
    assert can_now(row).appeal().why_not == NO_DECISION


def test_another_repository_is_not_what_was_refused(world: World) -> None:
    row = failed(world)
    ValidationRun.objects.update(url="https://github.com/acme/others.git")

    assert can_now(row).appeal().why_not == MOVED


@pytest.mark.parametrize(
    ("state", "asked_now", "owes_now"),
    [
        (begun, False, False),
        (asked, True, False),
        (requested, False, True),
        (ticked, False, True),
        (expired, False, False),
    ],
)
def test_what_the_developer_is_waited_for(world: World, state: State, asked_now: bool, owes_now: bool) -> None:
    can = can_now(state(world))

    assert (can.is_asked, can.owes_changes) == (asked_now, owes_now)
    due = Round.objects.get().due_at if asked_now or owes_now else None
    assert (can.hand_back().until, can.comment().until) == (due, due)


def test_nobody_is_waited_for_where_the_turn_is_the_reviewers(world: World) -> None:
    row = asked(world)
    Round.objects.update(turn="reviewer")

    assert not can_now(row).is_asked


@pytest.mark.parametrize(
    ("state", "possible", "lists"),
    [
        (draft, False, False),
        (begun, True, False),
        (ready, True, False),
        (certified, False, False),
        (unlisted, False, True),
    ],
)
def test_a_submission_is_withdrawn_and_an_unlisted_one_listed_again(
    world: World, state: State, possible: bool, lists: bool
) -> None:
    can = can_now(state(world))

    assert can.withdraw().why_not == ("" if possible else "There is no submission to withdraw.")
    assert can.list_again == lists


@pytest.mark.parametrize(("state", "status"), [(processing, "Processing"), (begun, "InCertification")])
def test_content_and_tag_stay_while_they_are_looked_at(world: World, state: State, status: str) -> None:
    can = can_now(state(world))

    frozen = f"The ConnectorStaged is {status}: {{}} is not possible until the process ends."
    assert can.edit().why_not == frozen.format("editing")
    assert can.tag().why_not == frozen.format("another tag")


@pytest.mark.parametrize("state", [draft, rejected, failed, certified])
def test_content_and_tag_are_changed_where_nobody_looks_at_them(world: World, state: State) -> None:
    can = can_now(state(world))

    assert (can.edit().possible, can.tag().possible) == (True, True)


@pytest.mark.parametrize("state", [draft, begun, requested, failed, unlisted])
def test_without_the_right_every_verb_says_what_the_role_is(world: World, state: State) -> None:
    role = Ability(PermissionDenied("Your role in Acme is viewer."))
    row = ConnectorStaged.objects.get(pk=state(world).pk)
    can = developer_abilities(row, role=role, by=factory.WORKER)

    told = {name: ask(can).why_not for name, (ask, _) in VERBS.items()}
    told |= {
        "edit": can.edit().why_not,
        "tag": can.tag().why_not,
        "tick": can.mark_request(ChangeRequest(state="open")).why_not,
    }

    assert {name for name, said in told.items() if said != role.why_not} == set()
    assert not can.list_again
    assert can.comment().until is None


def test_the_last_round_counts_read_before_or_now(world: World) -> None:
    row = begun(world)
    stored = ConnectorStaged.objects.get(pk=row.pk)
    only = Round.objects.get()

    assert developer_abilities(stored, by=factory.WORKER).round == only
    assert developer_abilities(stored, rounds=[only], by=factory.WORKER).round is only
    assert developer_abilities(stored, rounds=[], by=factory.WORKER).round is None
    assert developer_abilities(factory.draft(key="other"), by=factory.WORKER).round is None


def test_a_request_is_marked_until_the_reviewer_settles_it(world: World) -> None:
    can = can_now(requested(world))
    states = ("open", "done", "accepted", "dropped")

    told = {state: can.mark_request(ChangeRequest(state=state)).why_not for state in states}

    settled = "The reviewer has already settled this request."
    assert told == {"open": "", "done": "", "accepted": settled, "dropped": settled}
    assert can_now(factory.draft(key="other")).mark_request(ChangeRequest(state="open")).why_not == NOTHING.format(
        "draft"
    )
