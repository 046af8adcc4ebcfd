"""Who is too close to a round: the condition of many rounds finds those of which the answer about one says so."""

from __future__ import annotations

import pytest

from accounts.models import User
from certification.decisions import failure
from certification.desk import claims
from certification.models import Round
from certification.rounds import closeness, submissions
from tests import factory
from tests.certification.rounds.test_abilities import appealed, begun, signed
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def found(by: User) -> tuple[list[int], list[int]]:
    """Return the numbers of the rounds of the person's Projects, and of those that they must not review."""
    rows = Round.objects.order_by("number")
    return (
        list(rows.filter(closeness.members(by)).values_list("number", flat=True)),
        list(rows.filter(closeness.must_not_claim(by)).values_list("number", flat=True)),
    )


def test_members_are_close_to_the_rounds_of_their_own_project_only(world: World) -> None:
    draft = begun(world)
    inside, elsewhere = world.person("Ines"), world.person("Rob")
    world.member(inside, draft.project)
    world.member(elsewhere, factory.project("other"))
    row = Round.objects.get()

    assert (closeness.is_member(row, inside), found(inside)) == (True, ([1], [1]))
    assert (closeness.is_member(row, elsewhere), found(elsewhere)) == (False, ([], []))


def test_an_appeal_is_not_for_whom_it_is_against_and_the_round_before_is(world: World) -> None:
    appealed(world)
    first, second = Round.objects.order_by("number")
    rita, rob = world.person("Rita"), world.person("Rob")

    assert [closeness.refused_before(row, rita) for row in (first, second)] == [False, True]
    assert not closeness.refused_before(second, rob)
    assert (found(rita)[1], found(rob)[1]) == ([2], [])


def test_a_second_appeal_is_against_the_last_refusal(world: World) -> None:
    draft = appealed(world)
    rita, rob = world.person("Rita"), world.person("Rob")
    claims.start(draft.pk, by=rob)
    failure.fail(draft.pk, by=rob, reason="other", message="No.")
    submissions.appeal(draft.pk, by=factory.developer(), text="It still does.")
    third = Round.objects.get(number=3)

    assert (closeness.refused_before(third, rob), closeness.refused_before(third, rita)) == (True, False)
    assert (found(rob)[1], found(rita)[1]) == ([3], [2])


def test_an_update_after_a_refusal_is_for_everybody(world: World) -> None:
    appealed(world)
    Round.objects.filter(number=2).update(kind="update")

    assert not closeness.refused_before(Round.objects.get(number=2), world.person("Rita"))
    assert found(world.person("Rita"))[1] == []


def test_only_a_refusal_of_the_same_connector_counts(world: World) -> None:
    draft = appealed(world)
    rita, rob = world.person("Rita"), world.person("Rob")
    other = world.begun(rob, key="other")
    failure.fail(other.pk, by=rob, reason="other", message="No.")
    Round.objects.filter(draft=other).update(number=3)
    Round.objects.filter(draft=draft, number=2).update(number=5)
    appeal = Round.objects.get(number=5)

    assert (closeness.refused_before(appeal, rita), closeness.refused_before(appeal, rob)) == (True, False)
    assert (found(rita)[1], found(rob)[1]) == ([5], [])


def test_a_round_that_was_withdrawn_in_between_refused_nothing(world: World) -> None:
    draft = appealed(world)
    rita, rob = world.person("Rita"), world.person("Rob")
    Round.objects.filter(draft=draft, number=2).update(number=5)
    other = world.begun(rob, key="other")
    failure.fail(other.pk, by=rob, reason="other", message="No.")
    Round.objects.filter(draft=other).update(draft=draft, number=3, decision="withdrawn", reason="")

    assert closeness.refused_before(Round.objects.get(number=5), rita)
    assert (found(rita)[1], found(rob)[1]) == ([5], [])


def test_an_appeal_against_somebody_whose_account_is_gone_is_for_everybody(world: World) -> None:
    appealed(world)
    Round.objects.filter(number=1).update(decided_by=None)
    first, _ = User.objects.get_or_create(pk=1, defaults={"email": "first@portal.example"})

    for by in (world.person("Rob"), first):
        free = Round.objects.exclude(closeness.must_not_claim(by))
        assert list(free.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_whoever_signed_does_not_sign_second(world: World) -> None:
    signed(world)

    assert found(world.person("Simon"))[1] == [1]
    assert found(world.person("Rita"))[1] == []
