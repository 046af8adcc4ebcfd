"""Waivers as reviewers make them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Event, User
from accounts.roles import Role
from certification.decisions import certificate
from certification.errors import NotAllowed, Obstructed, ReviewError
from certification.evidence import machine_evidence
from certification.models import Round
from certification.rounds import deadlines
from certification.verdicts import waiver_decisions
from connectors.models import ConnectorStaged, Finding, Waiver
from tests import factory
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db

REASON = "This is a public test key of the vendor."


@pytest.fixture
def blocked(world: World, reviewer: User) -> ConnectorStaged:
    """A certification in which one finding blocks and nothing else is missing."""
    draft = world.begun(reviewer, problems=[Problem()], outcomes={"secrets": "failed"})
    world.decided(draft, reviewer)
    return draft


@pytest.fixture
def security(world: World) -> User:
    return world.person("Sam", Role.SECURITY_REVIEWER)


def propose(draft: ConnectorStaged, by: User, **fields: object) -> Waiver:
    values = {"scope": "finding", "reason": REASON, **fields}
    return waiver_decisions.propose(draft.pk, Finding.objects.latest("pk").pk, by=by, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("scope", ["finding", "place"])
def test_an_approved_waiver_lets_the_certificate_through(
    world: World, reviewer: User, security: User, blocked: ConnectorStaged, scope: str
) -> None:
    with pytest.raises(Obstructed, match="blocking finding"):
        certificate.certify(blocked.pk, by=reviewer)
    waiver = propose(blocked, reviewer, scope=scope)
    with pytest.raises(Obstructed, match="blocking finding"):
        certificate.certify(blocked.pk, by=reviewer)

    waiver_decisions.approve(blocked.pk, waiver.pk, by=security)

    assert certificate.certify(blocked.pk, by=reviewer).round.decision == "certified"
    assert [e.name for e in Event.objects.filter(name__startswith="waiver:").order_by("pk")] == [
        "waiver:proposed",
        "waiver:approved",
    ]


def test_nobody_approves_their_own_waiver(world: World, security: User, blocked: ConnectorStaged) -> None:
    waiver = propose(blocked, security)

    with pytest.raises(NotAllowed, match="You proposed"):
        waiver_decisions.approve(blocked.pk, waiver.pk, by=security)


def test_a_plain_reviewer_approves_nothing(world: World, reviewer: User, blocked: ConnectorStaged) -> None:
    waiver = propose(blocked, reviewer)

    with pytest.raises(NotAllowed):
        waiver_decisions.approve(blocked.pk, waiver.pk, by=world.person("Rob"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "ok"}, "Say why"),
        ({"scope": "advisory"}, "Choose what is waived"),
        ({"scope": "everything"}, "Choose what is waived"),
        ({"expires_at": timezone.now() + timedelta(days=1000)}, "next two years"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "next two years"),
    ],
)
def test_a_waiver_of_nothing_or_for_ever_is_refused(
    reviewer: User, blocked: ConnectorStaged, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(ReviewError, match=said):
        propose(blocked, reviewer, **fields)

    assert not Waiver.objects.exists()


def test_a_revoked_waiver_blocks_again(world: World, reviewer: User, security: User, blocked: ConnectorStaged) -> None:
    waiver = propose(blocked, reviewer)
    waiver_decisions.approve(blocked.pk, waiver.pk, by=security)

    waiver_decisions.revoke(blocked.pk, waiver.pk, by=security)

    assert len(machine_evidence.gather(Round.objects.get(), now=timezone.now()).blocking) == 1
    with pytest.raises(ReviewError, match="already revoked"):
        waiver_decisions.revoke(blocked.pk, waiver.pk, by=security)


def test_one_may_take_back_what_one_proposed_but_not_what_is_approved(
    world: World, reviewer: User, security: User, blocked: ConnectorStaged
) -> None:
    waiver_decisions.revoke(blocked.pk, propose(blocked, reviewer).pk, by=reviewer)
    approved = propose(blocked, reviewer)
    waiver_decisions.approve(blocked.pk, approved.pk, by=security)

    with pytest.raises(NotAllowed):
        waiver_decisions.revoke(blocked.pk, approved.pk, by=reviewer)


def test_a_waiver_holds_for_later_versions_until_it_expires(
    world: World, reviewer: User, security: User, blocked: ConnectorStaged
) -> None:
    waiver = propose(blocked, reviewer, expires_at=timezone.now() + timedelta(days=30))
    waiver_decisions.approve(blocked.pk, waiver.pk, by=security)
    certificate.certify(blocked.pk, by=reviewer)
    world.tag("1.1.0", {"README.md": "more"})
    factory.act(blocked, {"action": "setRepository", "tag": "1.1.0"})
    factory.publish(blocked, certification=True)
    world.admitted(blocked, problems=[Problem(line=7)])
    row = Round.objects.open().get()

    [seen] = machine_evidence.gather(row, now=timezone.now()).findings
    assert (seen.since, seen.blocks, seen.waiver) == ("waived", False, waiver)

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        [seen] = machine_evidence.gather(row, now=timezone.now()).findings
        assert (seen.since, seen.blocks) == ("still there", True)
        assert deadlines.sweep().expired_waivers == 1
        assert deadlines.sweep().expired_waivers == 0
    assert Event.objects.filter(name="waiver:expired").count() == 1
