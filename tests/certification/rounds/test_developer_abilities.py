"""Every verb of a Project's members, for every role in every state: what is offered is what happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts.ability import Ability
from accounts.models import Membership, User
from accounts.roles import ProjectRole
from certification.models import ChangeRequest, Round
from certification.rounds import deadlines, submissions
from certification.rounds.developer_abilities import DeveloperAbilities, developer_abilities
from connectors.drafts import update
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.rounds.test_abilities import (
    asked,
    begun,
    certified,
    checking,
    failed,
    outcome,
    ready,
    requested,
    verbs_of,
    withdrawn,
)
from tests.certification.world import World
from web.developers import access
from web.developers.access import Seat

pytestmark = pytest.mark.django_db

Ask = Callable[[DeveloperAbilities], Ability]
Do = Callable[[Seat], object]


def act(action: str, **fields: object) -> Do:
    """Return a verb that sends one update action."""

    def verb(seat: Seat) -> None:
        version = ConnectorStaged.objects.get(pk=seat.draft.pk).version
        update.apply(seat.lookup, version=version, requested=[{"action": action, **fields}], by=seat.actor)

    return verb


VERBS: dict[str, tuple[Ask, Do]] = {
    "publish": (lambda can: can.publish(), act("publish", certification=False)),
    "certify": (lambda can: Ability() if can.list_again else can.certify(), act("publish", certification=True)),
    "preview": (lambda can: can.preview(), act("updatePreviewable")),
    "unlist": (lambda can: can.unlist(), act("unlist")),
    "delete": (
        lambda can: can.delete(),
        lambda seat: update.delete(seat.lookup, version=seat.draft.version, by=seat.actor),
    ),
    "comment": (lambda can: can.comment(), act("addCertificationComment", comment="Hello.")),
    "answer": (
        lambda can: can.comment(),
        lambda seat: submissions.answer(seat.draft.pk, by=seat.actor, text="Because."),
    ),
    "withdraw": (lambda can: can.withdraw(), lambda seat: submissions.withdraw(seat.draft.pk, by=seat.actor)),
    "resubmit": (
        lambda can: can.resubmit(),
        lambda seat: submissions.resubmit(seat.draft.pk, tag="2.0.0", by=seat.actor),
    ),
    "hand_back": (lambda can: can.hand_back(), lambda seat: submissions.hand_back(seat.draft.pk, by=seat.actor)),
    "appeal": (
        lambda can: can.appeal(),
        lambda seat: submissions.appeal(seat.draft.pk, by=seat.actor, text="It does."),
    ),
    "keep_notes": (
        lambda can: can.keep_notes(),
        lambda seat: submissions.keep(seat.draft, by=seat.actor, notes="Use the test shop."),
    ),
}


def draft(world: World) -> ConnectorStaged:
    """Never published."""
    return factory.draft()


def previewed(world: World) -> ConnectorStaged:
    """Waiting for its preview."""
    return factory.act(factory.draft(), {"action": "updatePreviewable"})


def processing(world: World) -> ConnectorStaged:
    """Being checked for the first time."""
    return factory.at("Processing")


def rejected(world: World) -> ConnectorStaged:
    """Stopped by the checks."""
    return factory.at("Failed")


def published(world: World) -> ConnectorStaged:
    """Published for private use."""
    return factory.at("Published", certification=False)


def ticked(world: World) -> ConnectorStaged:
    """Every requested change is done."""
    found = requested(world)
    submissions.answer_request(found.pk, ChangeRequest.objects.get().pk, by=factory.developer())
    return found


def moved_on(world: World) -> ConnectorStaged:
    """Refused, and led to another tag since."""
    return factory.act(failed(world), {"action": "setRepository", "tag": "2.0.0"})


def expired(world: World) -> ConnectorStaged:
    """The requested changes did not arrive."""
    found = requested(world)
    deadlines.sweep(now=Round.objects.get().due_at + timedelta(days=1))
    return found


def unlisted(world: World) -> ConnectorStaged:
    """Certified and taken from the catalog."""
    return factory.act(certified(world), {"action": "unlist"})


STATES = (
    draft, previewed, processing, rejected, published, ready, begun, asked, requested, ticked, checking, certified,
    unlisted, failed, moved_on, expired, withdrawn,
)  # fmt: skip


def member(role: str) -> User:
    """Return a member of the Project with this role."""
    person = factory.user(f"{role}@acme.example", name=role.title())
    Membership.objects.get_or_create(project=factory.project(), user=person, defaults={"role": role})
    return person


def tried(user: User, row: ConnectorStaged, do: Do) -> str:
    """Return why a page would not do it for somebody, "" when it would."""
    try:
        seat = access.find(user, row.pk, action="connector:write")
    except PermissionDenied as error:
        return str(error)
    return outcome(lambda: do(seat))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_what_is_offered_is_what_happens(world: World, state: Callable[[World], ConnectorStaged]) -> None:
    row = state(world)

    different = []
    for role in ProjectRole.values:
        user = member(role)
        seat = access.find(user, row.pk)
        for name, (ask, do) in VERBS.items():
            can = developer_abilities(seat.draft, role=seat.ability("connector:write"), by=factory.WORKER)
            offered, happened = ask(can).why_not, tried(user, row, do)
            if offered != happened:
                different.append(f"{role}, {name}: offered {offered or 'yes'!r}, happened {happened or 'yes'!r}")

    assert not different, "\n".join(different)


def test_the_walk_knows_every_verb() -> None:
    names = verbs_of(DeveloperAbilities)

    assert names - {"edit", "tag", "mark_request"} == {name for name in VERBS if name != "answer"}


@pytest.mark.parametrize("state", [draft, begun, failed])
def test_what_is_frozen_is_neither_edited_nor_led_to_another_tag(
    world: World, state: Callable[[World], ConnectorStaged]
) -> None:
    row = state(world)
    can = developer_abilities(row, by=factory.WORKER)

    assert can.edit().possible == (not row.frozen) == can.tag().possible
    if row.frozen:
        assert (
            can.tag().why_not
            == f"The ConnectorStaged is {row.status}: another tag is not possible until the process ends."
        )


@pytest.mark.parametrize(("state", "possible"), [(requested, True), (ticked, True), (expired, False)])
def test_a_request_is_ticked_while_the_round_is_open(
    world: World, state: Callable[[World], ConnectorStaged], possible: bool
) -> None:
    row = state(world)
    request = ChangeRequest.objects.get()

    assert (
        developer_abilities(ConnectorStaged.objects.get(pk=row.pk), by=factory.WORKER).mark_request(request).possible
        == possible
    )
    said = outcome(lambda: submissions.answer_request(row.pk, request.pk, by=factory.developer()))
    assert (
        said
        == developer_abilities(ConnectorStaged.objects.get(pk=row.pk), by=factory.WORKER).mark_request(request).why_not
    )


def test_a_settled_request_is_not_ticked(world: World) -> None:
    row = requested(world)
    ChangeRequest.objects.update(state="accepted", settled_at=Round.objects.get().opened_at)

    said = outcome(lambda: submissions.answer_request(row.pk, ChangeRequest.objects.get().pk, by=factory.developer()))

    assert said == "The reviewer has already settled this request."


@pytest.mark.parametrize("state", [asked, ticked])
def test_a_developer_has_until_the_deadline(world: World, state: Callable[[World], ConnectorStaged]) -> None:
    can = developer_abilities(state(world), by=factory.WORKER)
    due = Round.objects.get().due_at

    assert (can.hand_back().until, can.comment().until) == (due, due)
    assert developer_abilities(factory.draft(key="other"), by=factory.WORKER).comment().until is None
