"""The pause for a security review, of the recipe in docs/recipes.md. Runs in a copy that has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse

from accounts.models import Event, User
from accounts.roles import Role
from certification import decisions
from certification.errors import NotAllowed, ReviewError
from certification.models import Answer, Notification, Round
from certification.notifications import preferences, telling
from certification.notifications.channels import mail
from certification.notifications.preferences import Wish
from certification.rounds import rounds, timeline
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.rounds import test_abilities as walk
from tests.certification.world import World

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
TEXT = "The key for the shop is derived in a way of its own."


@pytest.fixture
def world(tmp_path: Path, settings: Any, db: None) -> World:
    """A repository with tags."""
    return World(tmp_path, settings)


@pytest.fixture
def rita(world: World) -> User:
    """The reviewer."""
    return world.person("Rita")


@pytest.fixture
def begun(world: World, rita: User) -> ConnectorStaged:
    """A review that Rita began."""
    return world.begun(rita)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def posted(user: User, page: str, draft: ConnectorStaged, **fields: object) -> Any:
    return signed_in(user).post(reverse(page, args=[draft.pk]), {"kind": "paused", "message": TEXT, **fields})


def pause(draft: ConnectorStaged, by: User, **fields: Any) -> Answer:
    return decisions.registered()["paused"].send(draft.pk, by=by, message=TEXT, **fields)


def test_the_button_is_offered_between_the_others(begun: ConnectorStaged, rita: User) -> None:
    page = signed_in(rita).get(reverse("review", args=[begun.pk])).content.decode()

    places = [page.index(text) for text in ("Certify…", "Ask a question…", "Pause for a security review…", "Fail…")]
    assert places == sorted(places)


def test_the_walk_through_all_states_and_roles_has_it() -> None:
    assert "paused" in walk.VERBS


def test_it_is_refused_to_who_may_not(world: World, begun: ConnectorStaged) -> None:
    answer = posted(world.person("Rob"), "review_decide", begun, token=uuid4())

    assert answer.status_code == 409
    assert "Rita" in answer.content.decode()
    assert posted(world.person("Ute", Role.AUDITOR), "review_decide", begun).status_code == 403
    with pytest.raises(NotAllowed):
        pause(begun, world.person("Rob"))
    assert not Answer.objects.exists()


def test_the_preview_shows_mail_comment_and_field(begun: ConnectorStaged, rita: User) -> None:
    factory.owner()
    for person in User.objects.filter(memberships__isnull=False):
        preferences.keep(person, wishes={"progress": Wish(inbox=True, mail="now")})

    page = posted(rita, "review_preview", begun).content.decode()

    assert "A security review comes first" in page
    assert TEXT in page
    assert "Business days for the security review" in page
    assert "Pause review" in page
    assert not Answer.objects.exists()


def test_it_is_sent_once_and_makes_time(begun: ConnectorStaged, rita: User) -> None:
    token = uuid4()
    with time_machine.travel(MONDAY, tick=False):
        before = Round.objects.get().due_at
        for _ in range(2):
            posted(rita, "review_decide", begun, token=token, days="1")

    row = Round.objects.get()
    assert (row.escalated_to, row.turn, row.is_open) == ("security", "reviewer", True)
    assert timedelta(days=1) <= row.due_at - before <= timedelta(days=3)
    assert Answer.objects.get().get_kind_display() == "Paused for a security review"
    assert begun.comments.get().text == TEXT


def test_a_second_pause_is_refused(begun: ConnectorStaged, rita: User) -> None:
    pause(begun, rita)

    with pytest.raises(ReviewError, match="already"):
        pause(begun, rita)


def test_history_inbox_and_mail_tell_of_it(world: World, begun: ConnectorStaged, rita: User) -> None:
    owner, security = factory.owner(), world.person("Sam", Role.SECURITY_REVIEWER)
    preferences.keep(owner, wishes={"progress": Wish(inbox=True, mail="now")})

    pause(begun, rita)
    event = Event.objects.get(name="certification:paused")
    telling.tell(event.pk)
    for row in Notification.objects.filter(event=event.uuid, recipient=owner):
        mail.send(row.pk)

    row = rounds.current(begun.pk)
    assert row is not None
    assert "paused it for a security review" in [item.title for item in timeline.items(row, by=rita)]
    told = {one.recipient: one.title for one in Notification.objects.filter(event=event.uuid)}
    assert told[owner] == "A security review comes first"
    assert told[security] == "Paused for you"
    (message,) = outbox.outbox
    assert TEXT in message.body
    assert "The reviewer decides by " in message.body
