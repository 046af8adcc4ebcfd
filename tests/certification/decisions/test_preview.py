"""What a decision shows beforehand, compared with what is sent, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives

from accounts.models import Event, User
from certification import decisions
from certification.decisions import certificate, changes, preview
from certification.decisions.preview import Preview
from certification.models import Answer, ApprovalRule, Notification, Round
from certification.notifications import preferences, telling
from certification.notifications.channels import mail
from certification.notifications.preferences import Wish
from certification.rounds import conversation
from certification.rounds.abilities import abilities
from connectors.drafts import representation
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import World, chosen

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HARD = "Line <one> & {actor} {comment}\r\n\r\n- “two”: café\r\n"
KINDS = tuple(decisions.registered())


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
    decision = decisions.registered()[kind]
    return preview.build(decision, abilities(row, by, now=NOW), message=text, given=chosen(decision))


def send(draft: ConnectorStaged, kind: str, text: str, by: User) -> None:
    decision = decisions.registered()[kind]
    decision.send(draft.pk, by=by, message=text, **chosen(decision))


def sent(kind: str) -> EmailMultiAlternatives | None:
    """Tell the last event as the worker does, and return the first mail."""
    effects = [effect for decision in decisions.registered().values() for effect in decision.effects]
    (effect,) = (one for one in effects if one.kind == kind)
    told = Event.objects.filter(name=effect.event).latest("id")
    telling.tell(told.pk)
    for row in Notification.objects.filter(event=told.uuid, mail="waiting").order_by("id"):
        mail.send(row.pk)
    return outbox.outbox[0] if outbox.outbox else None  # type: ignore[return-value]


@pytest.mark.parametrize("text", [HARD, "x" * 3000])
@pytest.mark.parametrize("kind", KINDS)
def test_the_preview_is_what_is_sent(draft: ConnectorStaged, reviewer: User, kind: str, text: str) -> None:
    with time_machine.travel(NOW, tick=False):
        foreseen = shown(draft, kind, text, reviewer)
        send(draft, kind, text, reviewer)
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

    assert (foreseen.effect.kind, foreseen.comment) == ("approved", None)
    assert not draft.comments.exists()
    assert real is not None
    assert foreseen.message is not None
    assert "The first reviewer signed" in foreseen.message.body
    assert (foreseen.message.subject, foreseen.message.body) == (real.subject, real.body)


def test_who_wants_no_mail_gets_none(draft: ConnectorStaged, reviewer: User) -> None:
    for person in User.objects.filter(memberships__isnull=False):
        preferences.keep(person, wishes={"turn": Wish(inbox=True, mail="digest")})

    foreseen = shown(draft, "question", "Why?", reviewer)

    assert (foreseen.message, foreseen.body, foreseen.at_once, foreseen.daily) == (None, "", 0, 1)


def test_nothing_is_stored_by_looking(draft: ConnectorStaged, reviewer: User) -> None:
    counted = [model.objects.count() for model in (Event, Notification, Answer)]

    for kind in KINDS:
        shown(draft, kind, "Text", reviewer)

    assert [model.objects.count() for model in (Event, Notification, Answer)] == counted
    assert not outbox.outbox


def test_an_obstacle_is_said_before_it_refuses(draft: ConnectorStaged, reviewer: User) -> None:
    Round.objects.get().run.results.all().delete()  # type: ignore[union-attr]

    foreseen = shown(draft, "certified", "Welcome.", reviewer)

    assert "No required check ran" in foreseen.ability.why_not


def test_only_requested_changes_list_tasks(draft: ConnectorStaged, reviewer: User) -> None:
    listed = {kind: [one.text for one in shown(draft, kind, "Text", reviewer).requests] for kind in KINDS}

    assert {kind for kind, requests in listed.items() if requests} == {"changes"}
    assert listed["changes"] == ["Verify <it>."]


def test_line_comments_that_go_with_it_are_shown(draft: ConnectorStaged, reviewer: User) -> None:
    conversation.remark(draft.pk, by=reviewer, path="README.md", line=3, text="A typo.")

    assert [one.text for one in shown(draft, "question", "Why?", reviewer).line_comments] == ["A typo."]


def test_two_signatures_are_announced_to_those_who_decide(world: World, draft: ConnectorStaged, reviewer: User) -> None:
    ApprovalRule.objects.create(name="All")

    foreseen = shown(draft, "certified", "Welcome.", reviewer)
    other = shown(draft, "certified", "Welcome.", world.person("Rob"))

    assert foreseen.alert is not None and "two signatures" in foreseen.alert.title
    assert other.alert is None
    assert "Rita" in other.ability.why_not
