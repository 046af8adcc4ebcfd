"""Who is notified of what, how, and that it happens once."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actors
from accounts.models import Delivery, Event, Membership, User
from accounts.webhooks import subscriptions
from certification.decisions import question
from certification.desk import claims
from certification.models import Notification, Telling
from certification.notifications import event_facts, preferences, telling
from certification.notifications.channels import mail, webhook_events
from certification.notifications.kinds import TOPICS
from certification.notifications.preferences import Wish
from certification.rounds import conversation, submissions
from connectors.models import CheckResult, ConnectorStaged
from connectors.worker import finish
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """The owner of the Project, with a colleague beside and a stranger elsewhere."""
    user = factory.owner()
    colleague = factory.user("colleague@example.com", name="Carl Colleague")
    Membership.objects.create(project=factory.project(), user=colleague, role="viewer")
    factory.stranger()
    return user


def told(name: str) -> Event:
    """Tell the last event of a name, as the worker does, and return it."""
    event = Event.objects.filter(name=name).latest("id")
    telling.tell(event.pk)
    return event


def recipients(event: Event) -> set[str]:
    return set(Notification.objects.filter(event=event.uuid).values_list("recipient__email", flat=True))


def in_review(world: World) -> ConnectorStaged:
    row = world.submitted()
    claims.start(row.pk, by=world.person("Rita"))
    return row


def test_a_question_reaches_every_member_and_nobody_else(world: World, owner: User) -> None:
    row = in_review(world)
    question.ask(row.pk, by=world.person("Rita"), message="Which version?")

    event = told("certification:question-asked")

    assert recipients(event) == {"owner@example.com", "colleague@example.com"}
    one = Notification.objects.get(event=event.uuid, recipient=owner)
    assert (one.title, one.text, one.kind) == ("A question for you", "Which version?", "turn")
    assert one.path == reverse("draft", args=[row.pk]) + "#conversation"


def test_a_reviewers_name_is_told_to_no_developer(world: World, owner: User) -> None:
    row = in_review(world)
    question.ask(row.pk, by=world.person("Rita"), message="Which version?")
    told("certification:started")
    event = told("certification:question-asked")

    for one in Notification.objects.filter(event=event.uuid):
        message = mail.compose(one).message()
        assert "Rita" not in message.as_string()
        assert "portal.example" not in message.as_string()


def test_who_did_it_is_not_told(world: World, owner: User) -> None:
    row = in_review(world)
    submissions.answer(row.pk, by=actors.person(owner, public_name="acme"), text="Two.", author=owner)

    event = told("connector:commented")

    assert recipients(event) == {"colleague@example.com", "rita@portal.example"}


def test_the_reviewer_hears_of_their_own_reviews(world: World, owner: User) -> None:
    row = in_review(world)
    submissions.withdraw(row.pk, by=actors.person(owner, public_name="acme"))

    event = told("connector:withdrawn")

    one = Notification.objects.get(event=event.uuid, recipient=world.person("Rita"))
    assert one.kind == "review"
    assert one.path == reverse("review", args=[row.pk])
    assert "acme" in one.label


def test_private_things_among_reviewers_are_told_to_nobody(world: World, owner: User) -> None:
    row = in_review(world)
    conversation.note(row.pk, by=world.person("Rita"), text="Suspicious")
    conversation.request(row.pk, by=world.person("Rita"), text="Not told yet")

    for event in Event.objects.filter(name__in=["note:added", "request:added"]):
        assert telling.tell(event.pk) == 0
    assert not Notification.objects.exists()


def test_an_event_is_told_once(world: World, owner: User) -> None:
    row = in_review(world)
    question.ask(row.pk, by=world.person("Rita"), message="Which version?")
    event = told("certification:question-asked")

    assert telling.tell(event.pk) == 0
    assert Notification.objects.filter(event=event.uuid).count() == 2


def test_a_certificate_is_one_message_though_it_publishes_too(world: World, owner: User) -> None:
    world.certified(world.person("Rita"))

    published, certified = told("connector:published"), told("certification:certified")

    assert recipients(published) == set()
    assert recipients(certified) == {"owner@example.com", "colleague@example.com"}


def test_what_a_killed_worker_missed_is_told_by_the_sweep(world: World, owner: User) -> None:
    row = in_review(world)
    question.ask(row.pk, by=world.person("Rita"), message="Which version?")
    event = Event.objects.get(name="certification:question-asked")

    assert telling.catch_up(now=timezone.now()) == 0
    telling.catch_up(now=timezone.now() + telling.GRACE + timedelta(seconds=1))

    assert recipients(event) == {"owner@example.com", "colleague@example.com"}
    assert telling.catch_up(now=timezone.now() + telling.GRACE + timedelta(seconds=2)) == 0


def test_nothing_is_half_told(world: World, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    row = in_review(world)
    question.ask(row.pk, by=world.person("Rita"), message="Which version?")
    event = Event.objects.get(name="certification:question-asked")

    def broken(event: Event) -> int:
        raise RuntimeError("the webhooks are broken")

    with monkeypatch.context() as patch:
        patch.setattr(webhook_events, "send", broken)
        with pytest.raises(RuntimeError):
            telling.tell(event.pk)

    assert not Telling.objects.exists()
    assert not Notification.objects.exists()
    assert telling.tell(event.pk) == 2


def asked(world: World) -> Event:
    row = in_review(world)
    question.ask(row.pk, by=world.person("Rita"), message="Which <b>version</b>?")
    return told("certification:question-asked")


@pytest.mark.parametrize(
    ("kind", "name", "title", "again"),
    [
        ("publish", "connector:rejected", "The checks could not be completed", "Publish it again"),
        ("preview", "connector:preview-refused", "The preview could not be checked", "Request the preview again"),
    ],
)
def test_a_fault_of_ours_is_not_told_as_one_of_the_connector(
    owner: User, kind: str, name: str, title: str, again: str
) -> None:
    row = factory.draft()
    action = {"action": "updatePreviewable"} if kind == "preview" else {"action": "publish", "certification": True}
    factory.act(row, action)
    finish.give_up(factory.last_run(row, kind), now=timezone.now())

    event = told(name)

    one = Notification.objects.get(event=event.uuid, recipient=owner)
    assert one.title == title
    assert "fault on our side" in one.text
    assert again in one.text
    assert "did not pass" not in one.text


def test_what_the_checks_found_is_told_as_such(owner: User) -> None:
    factory.at("Failed")

    event = told("connector:rejected")

    one = Notification.objects.get(event=event.uuid, recipient=owner)
    assert (one.title, one.text) == (
        "The checks failed",
        "Tag 1.0.0 did not pass. The report says why, and what to do.",
    )


def test_a_reviewer_is_told_of_a_fault_of_ours_too(world: World, owner: User) -> None:
    row = in_review(world)
    world.tag("1.0.1")
    submissions.resubmit(row.pk, tag="1.0.1", by=factory.developer())
    finish.give_up(factory.last_run(row), now=timezone.now())

    event = told("connector:rejected")

    one = Notification.objects.get(event=event.uuid, recipient=world.person("Rita"))
    assert one.text == "A fault on our side ended the checks of tag 1.0.1; the review has ended."


def test_a_mail_has_text_and_html_and_a_thread(world: World, owner: User) -> None:
    event = asked(world)
    one = Notification.objects.get(event=event.uuid, recipient=owner)

    assert mail.send(one.pk) == "sent"

    sent = outbox.outbox[0]
    message: EmailMessage = sent.message()
    assert sent.to == ["owner@example.com"]
    assert "Which <b>version</b>?" in str(sent.body)
    html = str(sent.alternatives[0][0])
    assert "Which &lt;b&gt;version&lt;/b&gt;?" in html
    assert f"http://127.0.0.1:8000{one.path}" in str(sent.body)
    assert message["Message-ID"] == mail.message_id(one)
    assert message["In-Reply-To"] == mail.thread_id(one)
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_next_mail_about_a_connector_continues_the_thread(world: World, owner: User) -> None:
    event = asked(world)
    first = Notification.objects.get(event=event.uuid, recipient=owner)
    mail.send(first.pk)
    conversation.comment(ConnectorStaged.objects.get().pk, by=world.person("Rita"), message="One more thing.")
    second = Notification.objects.get(event=told("connector:commented").uuid, recipient=owner)
    mail.send(second.pk)

    one, two = (sent.message() for sent in outbox.outbox)
    assert one["Subject"] == "A question for you: a connector 1.0.0 (acme)"
    assert two["Subject"] == "New comment: a connector 1.0.0 (acme)"
    assert two["In-Reply-To"] == one["Message-ID"]
    assert two["References"].split() == [mail.thread_id(first), one["Message-ID"]]


def test_a_mail_is_sent_once(world: World, owner: User) -> None:
    event = asked(world)
    one = Notification.objects.get(event=event.uuid, recipient=owner)

    mail.send(one.pk)
    assert mail.send(one.pk) == "not due"

    assert len(outbox.outbox) == 1


def test_a_mail_that_failed_is_tried_again_and_then_given_up(world: World, owner: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    event = asked(world)
    one = Notification.objects.get(event=event.uuid, recipient=owner)

    results = [mail.send(one.pk) for _ in range(len(mail.PAUSES) + 1)]

    assert results == ["will be tried again"] * len(mail.PAUSES) + ["Could not be sent"]


def test_what_a_dead_worker_claimed_is_sent_later(world: World, owner: User) -> None:
    event = asked(world)
    one = Notification.objects.get(event=event.uuid, recipient=owner)
    Notification.objects.filter(pk=one.pk).update(mail="sending", mail_claimed_at=timezone.now())

    assert mail.send(one.pk) == "not due"
    mail.recover(now=timezone.now() + mail.CLAIM + timedelta(seconds=1))

    one.refresh_from_db()
    assert one.mail == "sent"


def test_line_breaks_in_a_name_do_not_reach_the_header(world: World, owner: User) -> None:
    event = asked(world)
    one = Notification.objects.get(event=event.uuid, recipient=owner)
    one.label = "Acme\r\nBcc: everybody@example.com"

    assert mail.compose(one).message()["Subject"] == "A question for you: a connector 1.0.0 (acme)"


def test_a_wish_decides_on_inbox_and_mail(world: World, owner: User) -> None:
    preferences.keep(owner, wishes={"turn": Wish(inbox=False, mail="off")})
    event = asked(world)

    assert recipients(event) == {"colleague@example.com"}


def test_a_mail_without_the_inbox_and_the_inbox_without_a_mail(world: World, owner: User) -> None:
    preferences.keep(owner, wishes={"turn": Wish(inbox=False, mail="now")})
    colleague = User.objects.get(email="colleague@example.com")
    preferences.keep(colleague, wishes={"turn": Wish(inbox=True, mail="off")})
    asked(world)

    own, others = Notification.objects.get(recipient=owner), Notification.objects.get(recipient=colleague)
    assert (own.in_inbox, own.mail) == (False, "waiting")
    assert (others.in_inbox, others.mail) == (True, "none")


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("advisory", "Nothing to do for you."),
        ("certify", "It cannot get a certificate yet"),
        ("required", "cannot get"),
    ],
)
def test_nobody_is_told_to_wait_while_a_needed_check_has_not_passed(
    world: World, owner: User, level: str, said: str
) -> None:
    world.submitted()
    CheckResult.objects.filter(check_id="static-analysis").update(level=level, outcome="failed")

    told("connector:admitted")

    text = Notification.objects.get(recipient=owner).text
    assert said in text
    assert ("Nothing to do for you." in text) == (level == "advisory")


@pytest.mark.parametrize("level", ["advisory", "certify", "required"])
def test_the_mail_that_a_review_began_tells_nobody_to_wait_either(world: World, level: str) -> None:
    in_review(world)
    CheckResult.objects.filter(check_id="static-analysis").update(level=level, outcome="did not run")
    event = Event.objects.get(name="certification:started")
    notice = TOPICS[event.name].developers

    assert notice is not None
    step = event_facts.facts(event).step(notice.then)
    assert ("Nothing to do for you." in step) == (level == "advisory")
    assert ("“Static analysis”" in step and "did not run" in step) == (level != "advisory")


@pytest.mark.parametrize(
    ("who", "title"),
    [
        ("lead", "Another reviewer commented"),
        ("security", "Another reviewer commented"),
        ("page", "The developer commented"),
        ("API", "The developer commented"),
    ],
)
def test_the_reviewer_is_told_who_commented(world: World, owner: User, who: str, title: str) -> None:
    row = in_review(world)
    match who:
        case "page":
            submissions.answer(row.pk, by=actors.person(owner, public_name="acme"), text="Done.", author=owner)
        case "API":
            factory.act(row, {"action": "addCertificationComment", "comment": "Done."})
        case _:
            conversation.comment(row.pk, by=world.person("Lea", f"{who}-reviewer"), message="Look at the tests.")

    told("connector:commented")

    assert Notification.objects.get(recipient=world.person("Rita")).title == title
    assert Notification.objects.filter(recipient=owner).exclude(title="New comment").count() == 0


MORNING = datetime(2026, 11, 24, 7, 30, tzinfo=timezone.get_default_timezone())


def test_the_digest_is_one_mail_a_day(world: World, owner: User) -> None:
    with time_machine.travel(MORNING - timedelta(hours=12), tick=False):
        row = in_review(world)
        told("connector:admitted")
        told("certification:started")

    with time_machine.travel(MORNING, tick=False):
        too_early = mail.send_digests(now=MORNING - timedelta(hours=2))
        sent = mail.send_digests(now=MORNING)
        again = mail.send_digests(now=MORNING + timedelta(hours=1))

    assert (too_early, sent, again) == (0, 2, 0)
    own = next(m for m in outbox.outbox if m.to == ["owner@example.com"])
    assert "The checks passed" in str(own.body)
    assert "The review started" in str(own.body)
    assert str(row.pk) in str(own.body)
    assert set(Notification.objects.filter(kind="progress").values_list("mail", flat=True)) == {"sent"}


def test_the_inbox_shows_counts_and_marks(world: World, owner: User) -> None:
    asked(world)
    client, stranger = Client(), Client()
    client.force_login(owner)
    stranger.force_login(User.objects.get(email="stranger@example.com"))
    one = Notification.objects.get(recipient=owner)

    page = client.get(reverse("inbox"))
    foreign = stranger.post(reverse("notification", args=[one.pk]))
    followed = client.post(reverse("notification", args=[one.pk]))
    one.refresh_from_db()

    assert "A question for you" in page.content.decode()
    assert "1 unread" in page.content.decode()
    assert foreign.status_code == 404
    assert followed["Location"] == one.path
    assert one.read_at is not None
    assert "A question for you" not in stranger.get(reverse("inbox")).content.decode()


def test_marking_all_leaves_what_came_after_the_page(world: World, owner: User) -> None:
    asked(world)
    client = Client()
    client.force_login(owner)
    until = client.get(reverse("inbox")).context["read_form"]["until"].value()
    conversation.comment(ConnectorStaged.objects.get().pk, by=world.person("Rita"), message="Later")
    told("connector:commented")

    client.post(reverse("inbox_read"), {"until": until})

    waiting = Notification.objects.filter(recipient=owner, read_at=None)
    assert [row.title for row in waiting] == ["New comment"]


def test_preferences_are_kept_and_reviewers_kinds_are_theirs(owner: User) -> None:
    client = Client()
    client.force_login(owner)

    client.post(reverse("notification_settings"), {"turn-mail": "digest", "review-mail": "off"})

    wishes = {kind.id: wish for kind, wish in preferences.current(owner)}
    assert wishes["turn"] == Wish(inbox=False, mail="digest")
    assert wishes["comment"].mail == "now"
    assert "review" not in wishes


def test_a_webhook_hears_of_its_own_project_with_public_facts_only(world: World, owner: User) -> None:
    for key in ("acme", "other"):
        subscriptions.create(factory.project(key), url="https://example.com/hooks", wanted=[], by=actors.system("test"))
    event = asked(world)

    rows = list(Delivery.objects.all())
    assert [row.webhook.project.key for row in rows] == ["acme"]
    body = rows[0].body
    assert rows[0].message_id == f"msg_{event.uuid.hex}"
    assert '"type":"certification.question_asked"' in body
    assert '"turn":"developer"' in body
    assert "Which <b>version</b>?" in body
    assert "Rita" not in body
    assert "portal.example" not in body


def test_a_webhook_of_a_certificate_names_no_signer(world: World, owner: User) -> None:
    subscriptions.create(factory.project(), url="https://example.com/", wanted=[], by=actors.system("test"))
    world.certified(world.person("Rita"))
    told("certification:certified")

    body = Delivery.objects.get(kind="certification.certified").body
    assert "Rita" not in body
    assert '"status":"Published"' in body
