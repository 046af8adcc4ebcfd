"""Who has a review open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.signals import swept
from certification.desk import presence
from certification.models import Presence, Round
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def test_a_sweep_forgets_who_had_a_review_open_and_leaves_who_has(world: World) -> None:
    row, now = Round.objects.get(draft=world.submitted()), timezone.now()
    rita, adam = world.person("Rita"), world.person("Adam")
    presence.note(row, by=rita, now=now - presence.LASTS - timedelta(seconds=1))
    presence.note(row, by=adam, now=now)

    swept.send(sender=None, now=now)

    assert [seen.user for seen in Presence.objects.all()] == [adam]
    assert presence.everywhere(by=rita, now=now) == {row.pk: "Adam"}
    assert presence.others(row, by=rita, now=now) == ["Adam"]


def test_who_was_forgotten_is_seen_again(world: World) -> None:
    row, now = Round.objects.get(draft=world.submitted()), timezone.now()
    rita, adam = world.person("Rita"), world.person("Adam")
    presence.note(row, by=rita, now=now - timedelta(days=1))
    presence.prune(now=now)

    presence.note(row, by=rita, now=now)

    assert presence.everywhere(by=adam, now=now) == {row.pk: "Rita"}
