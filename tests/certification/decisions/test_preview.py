"""What a decision shows beforehand, compared with what is sent, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives

from accounts.models import Event, User
from certification.decisions import certificate, changes, failure, preview, question, steps
from certification.decisions.preview import Preview
from certification.models import Answer, ApprovalRule, Notification, Round
from certification.notifications import preferences, telling
from certification.notifications.channels import mail
from certification.notifications.preferences import Wish
from certification.rounds import conversation
from connectors.drafts import representation
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HARD = "Line <one> & {actor} {comment}\r\n\r\n- “two”: café\r\n"
Verb = Callable[[UUID, User, str], object]
VERBS: dict[str, Verb] = {
    "question": lambda pk, by, text: question.ask(pk, by=by, message=text),
    "changes": lambda pk, by, text: changes.request_changes(pk, by=by, message=text),
    "certified": lambda pk, by, text: certificate.certify(pk, by=by, message=text),
    "failed": lambda pk, by, text: failure.fail(pk, by=by, reason="quality", message=text),
}


@pytest.fixture
def draft(world: World, reviewer: User) -> ConnectorStaged:
    """A review that could end in any decision."""
    factory.owner()
    found = world.begun(reviewer)
    world.decided(found, reviewer)
    conversation.request(found.pk, by=reviewer, text="Verify <it>.", path="README.md", line=3)
    return found


def shown(draft: ConnectorStaged, kind: str, text: str, by: User) -> Preview:
    row = Round.objects.select_related("draft__project", "project").get(draft=draft)
    reason = "quality" if kind == "failed" else ""
    return preview.build(row, kind=kind, message=text, by=by, now=NOW, reason=reason)


def sent(kind: str) -> EmailMultiAlternatives | None:
    """Tell the last event as the worker does, and return the first mail."""
    told = Event.objects.filter(name=steps.EVENTS[kind]).latest("id")
    telling.tell(told.pk)
    for row in Notification.objects.filter(event=told.uuid, mail="waiting").order_by("id"):
        mail.send(row.pk)
    return outbox.outbox[0] if outbox.outbox else None  # type: ignore[return-value]


@pytest.mark.parametrize("text", [HARD, "x" * 3000])
@pytest.mark.parametrize("kind", VERBS)
def test_the_preview_is_what_is_sent(draft: ConnectorStaged, reviewer: User, kind: str, text: str) -> None:
    with time_machine.travel(NOW, tick=False):
        foreseen = shown(draft, kind, text, reviewer)
        VERBS[kind](draft.pk, reviewer, text)
        real = sent(kind)

    assert real is not None
    assert foreseen.message is not None
    assert foreseen.message.subject == real.subject
    assert foreseen.message.body == real.body
    assert foreseen.message.alternatives == real.alternatives
    assert foreseen.body in real.alternatives[0][0]
    assert foreseen.comment is not None
    assert representation.document(dict(foreseen.comment)) in ConnectorStaged.objects.get(pk=draft.pk).document


def test_requested_changes_without_a_message_show_the_requests(draft: ConnectorStaged, reviewer: User) -> None:
    with time_machine.travel(NOW, tick=False):
        foreseen = shown(draft, "changes", "", reviewer)
        changes.request_changes(draft.pk, by=reviewer)
        real = sent("changes")

    assert foreseen.comment is not None
    assert foreseen.comment["comment"] == draft.comments.get().text == "- README.md:3: Verify <it>."
    assert real is not None
    assert foreseen.message is not None
    assert foreseen.message.body == real.body


def test_a_first_signature_shows_no_comment_and_the_mail_of_an_approval(draft: ConnectorStaged, reviewer: User) -> None:
    ApprovalRule.objects.create(name="All")
    for person in User.objects.filter(memberships__isnull=False):
        preferences.keep(person, wishes={"progress": Wish(inbox=True, mail="now")})
    with time_machine.travel(NOW, tick=False):
        foreseen = shown(draft, "certified", "Well done.", reviewer)
        certificate.certify(draft.pk, by=reviewer, message="Well done.")
        real = sent("approved")

    assert (foreseen.kind, foreseen.comment) == ("approved", None)
    assert not draft.comments.exists()
    assert real is not None
    assert foreseen.message is not None
    assert "A first reviewer agreed" in foreseen.message.body
    assert (foreseen.message.subject, foreseen.message.body) == (real.subject, real.body)


def test_who_wants_no_mail_gets_none(draft: ConnectorStaged, reviewer: User) -> None:
    for person in User.objects.filter(memberships__isnull=False):
        preferences.keep(person, wishes={"turn": Wish(inbox=True, mail="digest")})

    foreseen = shown(draft, "question", "Why?", reviewer)

    assert (foreseen.message, foreseen.body, foreseen.at_once, foreseen.daily) == (None, "", 0, 1)


def test_nothing_is_stored_by_looking(draft: ConnectorStaged, reviewer: User) -> None:
    counted = [model.objects.count() for model in (Event, Notification, Answer)]

    for kind in VERBS:
        shown(draft, kind, "Text", reviewer)

    assert [model.objects.count() for model in (Event, Notification, Answer)] == counted
    assert not outbox.outbox
