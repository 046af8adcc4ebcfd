"""The page that waits until a worker has looked a round's tag up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Event, User
from certification.models import Look, Round, TagCheck, Unsent
from certification.rounds import tag_target
from connectors.models import ConnectorStaged, ValidationRun
from tests.certification.world import World

pytestmark = pytest.mark.django_db

WAITS = "Checking where the tag 1.0.0 leads…"


@pytest.fixture
def page(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


@pytest.fixture
def decidable(world: World, reviewer: User) -> ConnectorStaged:
    """A review whose every criterion is decided, long after its checks."""
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    ValidationRun.objects.update(started_at=timezone.now() - 2 * tag_target.RECENT)
    Look.objects.all().delete()
    return draft


def seen() -> str:
    """Return the last event that a page of now knows."""
    return str(Event.objects.latest("pk").pk)


def certify(page: Client, draft: ConnectorStaged) -> Any:
    typed = {"kind": "certified", "message": "Well done.\n\nSee you.", "seen": seen()}
    return page.post(reverse("review_decide", args=[draft.pk]), typed)


def part(page: Client, draft: ConnectorStaged) -> str:
    address = reverse("review_tag_check", args=[draft.pk])
    return page.get(address, headers={"HX-Request": "true"}).content.decode()


def test_the_preview_of_a_certificate_has_the_tag_looked_up(
    page: Client, decidable: ConnectorStaged, reviewer: User
) -> None:
    for kind, asked in (("question", 0), ("certified", 1), ("certified", 1)):
        page.post(reverse("review_preview", args=[decidable.pk]), {"kind": kind, "message": "Why?"})
        assert TagCheck.objects.filter(asked_by=reviewer).count() == asked


def test_the_answer_to_the_form_goes_on_and_the_page_at_an_address_does_not(
    page: Client, decidable: ConnectorStaged
) -> None:
    answer = certify(page, decidable)
    again = page.get(reverse("review_tag_check", args=[decidable.pk]), {"seen": seen()})

    assert answer.status_code == 202
    assert " data-goes-on" in answer.content.decode()
    assert " data-goes-on" not in again.content.decode()
    for shown in (answer.content.decode(), again.content.decode()):
        assert WAITS in shown
        assert f"url={reverse('review_tag_check', args=[decidable.pk])}?seen={seen()}" in shown
        assert 'name="message" value="Well done.\n\nSee you."' in shown.replace("\r", "")
    assert Unsent.objects.get().text == "Well done.\n\nSee you."


def test_the_part_asks_until_a_worker_has_answered(page: Client, decidable: ConnectorStaged) -> None:
    certify(page, decidable)
    waiting = part(page, decidable)

    tag_target.work(TagCheck.objects.get().pk)
    ended = part(page, decidable)

    assert "hx-get" in waiting
    assert "data-sends" not in waiting
    assert "hx-get" not in ended
    assert 'data-sends="tag-check-form"' in ended


def test_the_part_says_when_no_worker_answers(page: Client, decidable: ConnectorStaged) -> None:
    certify(page, decidable)
    TagCheck.objects.update(since=timezone.now() - tag_target.PATIENCE - timedelta(seconds=1))

    late = part(page, decidable)

    assert "could not be checked" in late
    assert "hx-get" not in late
    assert "data-sends" not in late


def test_without_a_lookup_nothing_is_said_to_be_checked(page: Client, decidable: ConnectorStaged) -> None:
    shown = part(page, decidable)

    assert "The tag 1.0.0 has to be checked" in shown
    assert "data-sends" not in shown
    assert Round.objects.get().is_open
