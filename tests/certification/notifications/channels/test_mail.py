"""The mails: what happened, what to do next, until when, and where."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from accounts.models import Event, User
from accounts.moments import when
from certification import decisions
from certification.decisions import certificate, changes, failure, preview, question
from certification.models import Notification, Round
from certification.notifications import telling
from certification.notifications.channels import mail
from certification.rounds import conversation, deadlines, submissions
from certification.rounds.abilities import abilities
from connectors.models import ConnectorStaged
from connectors.worker import finish
from tests import factory
from tests.certification.world import World, chosen

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 11, 27, 13, 28, tzinfo=UTC)
DUE = "Fri 11 Dec 2026, 23:59 UTC"
PORTAL = "http://127.0.0.1:8000"


@pytest.fixture
def owner() -> User:
    return factory.owner()


@pytest.fixture
def begun(world: World, owner: User, reviewer: User) -> ConnectorStaged:
    with time_machine.travel(FRIDAY, tick=False):
        return world.begun(reviewer)


def mailed(name: str, *, to: User) -> EmailMultiAlternatives:
    """Tell the last event of a name as the worker does, and return the mail about it."""
    event = Event.objects.filter(name=name).latest("id")
    telling.tell(event.pk)
    return mail.compose(Notification.objects.get(event=event.uuid, recipient=to))


def parts(message: EmailMultiAlternatives) -> tuple[str, str]:
    """Return the words of both parts, without markup and with single blanks, and the links of the HTML part."""
    html = str(message.alternatives[0][0])
    words = unescape(re.sub(r"<[^>]+>", " ", html))
    links = " ".join(re.findall(r'href="([^"]+)"', html))
    return " ".join(str(message.body).split()), " ".join(f"{words} {links}".split())


def requested(draft: ConnectorStaged, by: User, *, message: str = "") -> None:
    conversation.request(draft.pk, by=by, text="Read the port.", path="service/src/index.js", line=1)
    conversation.request(draft.pk, by=by, text="Say how to <install> it.")
    changes.request_changes(draft.pk, by=by, message=message)


@pytest.mark.parametrize("message", ["", "Two things are missing.", "Read the port."])
def test_requested_changes_say_what_is_wanted_and_until_when(
    owner: User, reviewer: User, begun: ConnectorStaged, message: str
) -> None:
    with time_machine.travel(FRIDAY, tick=False):
        requested(begun, reviewer, message=message)
        found = mailed("certification:changes-requested", to=owner)

    assert found.subject == "Changes are requested, due Fri 11 Dec 2026: a connector 1.0.0 (acme)"
    for text in parts(found):
        assert f"Your turn until {DUE}." in text
        assert "the request for certification fails" in text
        assert text.count("Read the port.") == text.count("Say how to <install> it.") == 1
        assert message in text
        assert PORTAL + reverse("draft", args=[begun.pk]) + "#requests" in text
        assert PORTAL + reverse("draft_resubmit", args=[begun.pk]) in text


def test_a_place_stands_with_its_request(owner: User, reviewer: User, begun: ConnectorStaged) -> None:
    requested(begun, reviewer, message="Two things are missing.")

    body, html = parts(mailed("certification:changes-requested", to=owner))

    assert "1. service/src/index.js:1: Read the port." in body
    assert "service/src/index.js:1 Read the port." in html


def test_a_question_has_its_deadline(owner: User, reviewer: User, begun: ConnectorStaged) -> None:
    with time_machine.travel(FRIDAY, tick=False):
        question.ask(begun.pk, by=reviewer, message="Which shop?")
        found = mailed("certification:question-asked", to=owner)

    for text in parts(found):
        assert "Which shop?" in text
        assert f"Your turn until {DUE}." in text
        assert PORTAL + reverse("draft", args=[begun.pk]) + "#conversation" in text


@pytest.mark.parametrize("asks", ["changes", "answer"])
def test_a_reminder_says_what_waits_and_until_when(
    owner: User, reviewer: User, begun: ConnectorStaged, asks: str
) -> None:
    with time_machine.travel(FRIDAY, tick=False):
        if asks == "changes":
            requested(begun, reviewer, message="Two things are missing.")
        else:
            question.ask(begun.pk, by=reviewer, message="Which shop?")
    assert deadlines.sweep(now=datetime(2026, 12, 10, tzinfo=UTC)).reminded == 1

    found = mailed("certification:reminded", to=owner)

    assert found.subject == "A deadline is near, Fri 11 Dec 2026: a connector 1.0.0 (acme)"
    for text in parts(found):
        assert f"until {DUE}" in text
        assert ("Read the port." in text) == (asks == "changes")
        assert ("question" in text) == (asks == "answer")


def test_a_refusal_says_its_reason_and_what_is_possible(owner: User, reviewer: User, begun: ConnectorStaged) -> None:
    failure.fail(begun.pk, by=reviewer, reason="security", message="A token is in the code.")

    for text in parts(mailed("certification:failed", to=owner)):
        assert "Reason: Security." in text
        assert "A token is in the code." in text
        assert "submit a new tag, or appeal" in text
        assert PORTAL + reverse("draft_tag", args=[begun.pk]) in text
        assert PORTAL + reverse("draft_appeal", args=[begun.pk]) in text


def test_a_certificate_comes_with_its_links(world: World, owner: User, reviewer: User, begun: ConnectorStaged) -> None:
    world.decided(begun, reviewer)
    world.looked_up(begun, reviewer)
    certificate.certify(begun.pk, by=reviewer, message="Well done.")

    for text in parts(mailed("certification:certified", to=owner)):
        assert "Well done." in text
        assert PORTAL + reverse("catalog_connector", args=[begun.pk]) in text
        assert PORTAL + reverse("certificate", args=[begun.pk]) in text
        assert "badge" in text
        assert "For the next version, choose a new tag" in text


def test_a_deadline_that_passed_says_which_and_what_now(owner: User, reviewer: User, begun: ConnectorStaged) -> None:
    with time_machine.travel(FRIDAY, tick=False):
        requested(begun, reviewer)
    deadlines.sweep(now=FRIDAY + timedelta(days=30))

    for text in parts(mailed("certification:expired", to=owner)):
        assert f"did not arrive by {DUE}" in text
        assert "choose a new tag and submit again" in text


def test_checks_that_failed_name_the_errors(owner: User) -> None:
    row = factory.at("Failed")
    row.refresh_from_db()
    wrong = [entry["title"] for entry in row.publishing_report["entries"] if entry["type"] == "Error"]

    for text in parts(mailed("connector:rejected", to=owner)):
        assert wrong
        assert all(title in text for title in wrong)
        assert "push a new tag" in text
        assert PORTAL + reverse("draft_tag", args=[row.pk]) in text


def test_a_fault_of_ours_asks_for_no_new_tag(owner: User) -> None:
    row = factory.draft()
    factory.act(row, {"action": "publish", "certification": True})
    finish.give_up(factory.last_run(row), now=timezone.now())

    for text in parts(mailed("connector:rejected", to=owner)):
        assert "fault on our side" in text
        assert "new tag" not in text


def test_a_reviewer_reads_until_when_it_is_their_turn(
    world: World, owner: User, reviewer: User, begun: ConnectorStaged
) -> None:
    requested(begun, reviewer)
    world.tag("1.0.1")
    submissions.resubmit(begun.pk, tag="1.0.1", by=factory.developer())
    world.admitted(begun)

    for text in parts(mailed("connector:admitted", to=reviewer)):
        assert f"Decide or answer by {when(Round.objects.open().get().due_at)}." in text
        assert "you review this connector" in text


@pytest.mark.parametrize("since", ["changes-requested", "refused", "certified"])
@pytest.mark.parametrize("name", ["certification:started", "connector:admitted"])
def test_a_mail_that_comes_late_promises_nothing_that_is_over(
    world: World, owner: User, reviewer: User, begun: ConnectorStaged, name: str, since: str
) -> None:
    in_time = mailed(name, to=owner)
    world.decided(begun, reviewer)
    if since == "changes-requested":
        requested(begun, reviewer)
    elif since == "refused":
        failure.fail(begun.pk, by=reviewer, reason="quality", message="No.")
    else:
        world.looked_up(begun, reviewer)
        certificate.certify(begun.pk, by=reviewer, message="Yes.")
    event = Event.objects.filter(name=name).latest("id")
    late = mail.compose(Notification.objects.get(event=event.uuid, recipient=owner))

    assert all(re.search(r"(decides?|answer) by \w+ \d+ ", text) for text in parts(in_time))
    for text in parts(late):
        assert " by " not in text
        assert "the deadline" not in text


@pytest.mark.parametrize("kind", list(decisions.registered()))
def test_the_preview_is_the_mail(world: World, owner: User, reviewer: User, begun: ConnectorStaged, kind: str) -> None:
    conversation.request(begun.pk, by=reviewer, text="Read the port.", path="service/src/index.js", line=1)
    world.decided(begun, reviewer)
    row = Round.objects.get()
    decision = decisions.registered()[kind]

    with time_machine.travel(FRIDAY, tick=False):
        shown = preview.build(decision, abilities(row, reviewer), message="Please look.", given=chosen(decision))
        decision.send(begun.pk, by=reviewer, message="Please look.", **chosen(decision))
        found = mailed(decision.effects[0].event, to=owner)

    assert shown.message is not None
    assert (shown.message.subject, shown.message.body) == (found.subject, found.body)


def test_a_mail_without_its_event_is_still_sent(owner: User) -> None:
    row = Notification(
        recipient=owner, event=uuid4(), kind="turn", label="Acme", title="A title", text="A text.", path="/drafts"
    )

    for text in parts(mail.compose(row)):
        assert "A text." in text
        assert PORTAL + "/drafts" in text
