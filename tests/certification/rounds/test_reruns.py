"""What machines do again for a reviewer."""

from __future__ import annotations

import pytest

from accounts.models import Event, User
from certification.rounds import reruns
from connectors.models import ConnectorStaged
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def test_checks_run_again_without_moving_anything(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    version = ConnectorStaged.objects.get(pk=draft.pk).version

    run = reruns.recheck(draft.pk, by=reviewer)

    assert (run.kind, run.state, run.certification) == ("recheck", "queued", True)
    assert ConnectorStaged.objects.get(pk=draft.pk).version == version
    assert Event.objects.filter(name="round:recheck-requested").count() == 1
