"""The queue page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from certification import claims
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def test_the_queue_lists_what_is_open_and_counts_it(client: Client, world: World, reviewer: User) -> None:
    world.submitted(name="Waiting payments")
    started = world.submitted(name="Started payments", key="started")
    claims.start(started.pk, by=reviewer)
    client.force_login(reviewer)

    everything = client.get(reverse("queue"), {"view": "all"}).content.decode()
    unclaimed = client.get(reverse("queue"), {"view": "unclaimed"}).content.decode()
    in_certification = client.get(reverse("queue"), {"status": "InCertification"}).content.decode()

    assert "Waiting payments" in everything
    assert "Started payments" in everything
    assert ("Waiting payments" in unclaimed, "Started payments" in unclaimed) == (True, False)
    assert ("Waiting payments" in in_certification, "Started payments" in in_certification) == (False, True)
