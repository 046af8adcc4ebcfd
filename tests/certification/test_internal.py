"""What reviewers have among themselves is nothing for a member of the Project, whatever role they have beside."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Delivery, Event, User
from accounts.roles import Role
from accounts.webhooks import subscriptions
from certification.decisions import changes
from certification.desk import claims
from certification.models import Look, Round, Unsent
from certification.notifications import telling
from certification.rounds import conversation, escalations
from certification.verdicts import verdicts, waiver_decisions
from connectors.models import ConnectorStaged, Finding
from tests import factory
from tests.certification.world import Problem, World

pytestmark = [pytest.mark.django_db, pytest.mark.security]

WORDS = {
    "note": "Between us",
    "remark": "A draft of a remark",
    "request": "Read the port from elsewhere",
    "verdict": "I could not follow the token",
    "waiver": "Only a test uses this token",
    "escalation": "Security reviewer",
}
PAGES = {
    "review": "/reviews/{id}",
    "files": "/reviews/{id}/files?round=1",
    "file": "/reviews/{id}/file?path=service/src/index.js",
    "documents": "/reviews/{id}/documents",
    "packages": "/reviews/{id}/packages",
    "here": "/reviews/{id}/here?seen=1",
    "queue": "/queue?view=all",
    "escalated": "/queue?view=all&escalated=security",
    "queue.csv": "/queue.csv?view=all",
    "history": "/history",
    "history.csv": "/history.csv",
    "history.jsonl": "/history.jsonl",
    "draft": "/drafts/{id}",
    "notes": "/admin/certification/note/",
    "remarks": "/admin/certification/linecomment/",
    "requests": "/admin/certification/changerequest/",
    "verdicts": "/admin/certification/verdict/",
    "waivers": "/admin/connectors/waiver/",
    "round": "/admin/certification/round/{round}/change/",
    "rounds": "/admin/certification/round/?escalated_to=security",
    "events": "/admin/accounts/event/?q={id}",
    "unsent": "/admin/certification/unsent/",
    "told": "/admin/certification/notification/",
}
EVENTS = ("private note", "note:added", "gave a verdict", "verdict:given", "round:escalated", "remark:added")


@pytest.fixture
def draft(world: World, reviewer: User) -> ConnectorStaged:
    """A review in which everything internal was said."""
    row = world.begun(reviewer, problems=[Problem(severity="warning")])
    conversation.note(row.pk, by=reviewer, text=WORDS["note"])
    conversation.remark(row.pk, by=reviewer, path="service/src/index.js", line=2, text=WORDS["remark"])
    conversation.request(row.pk, by=reviewer, text=WORDS["request"], path="service/src/index.js", line=1)
    verdicts.decide(row.pk, "callers", "fail", by=reviewer, comment=WORDS["verdict"])
    waiver_decisions.propose(row.pk, Finding.objects.get().pk, by=reviewer, scope="finding", reason=WORDS["waiver"])
    escalations.escalate(row.pk, to="security", by=reviewer, note="Please look.")
    world.person("Sam", Role.SECURITY_REVIEWER)
    telling.tell(Event.objects.get(name="round:escalated").pk)
    return row


def person(world: World, draft: ConnectorStaged, *, inside: bool) -> Client:
    """Return somebody who may open every page, as a member of the Project or not."""
    user = world.person("Inge" if inside else "Otto", Role.ADMIN)
    user.is_staff = user.is_superuser = True
    user.save()
    if inside:
        world.member(user, draft.project)
    client = Client()
    client.force_login(user)
    return client


def body(answer: Any) -> str:
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def read(client: Client, draft: ConnectorStaged) -> dict[str, str]:
    """Return every page of the review by its name; one that is not found says so."""
    return {
        name: body(client.get(path.format(id=draft.pk, round=Round.objects.get().pk), follow=True))
        for name, path in PAGES.items()
    }


def test_no_page_shows_a_member_what_is_internal_and_others_read_it_all(
    world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    conversation.keep_unsent(Round.objects.get(), by=reviewer, slot="verdict:secrets", text="So", now=timezone.now())
    inside = read(person(world, draft, inside=True), draft)
    outside = read(person(world, draft, inside=False), draft)

    seen = {(page, word) for page, text in inside.items() for word in (*WORDS.values(), *EVENTS) if word in text}
    # The filters of queue and admin name every choice.
    choices = {(page, WORDS["escalation"]) for page in ("queue", "escalated", "rounds")}
    assert seen <= choices
    assert all(any(word in text for text in outside.values()) for word in (*WORDS.values(), *EVENTS))
    assert "Escalated: " in outside["queue"]
    for page in ("queue", "escalated", "queue.csv", "history.csv", "events", "rounds", "round", "told", "unsent"):
        assert draft.name not in inside[page]
        assert draft.name in outside[page]


def test_what_was_sent_is_read_by_a_member_too(world: World, reviewer: User, draft: ConnectorStaged) -> None:
    changes.request_changes(draft.pk, by=reviewer, message="Two things.")

    inside = read(person(world, draft, inside=True), draft)

    assert WORDS["remark"] in inside["draft"]
    assert WORDS["request"] in inside["draft"]
    assert WORDS["verdict"] not in inside["draft"]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("review_preview", {"kind": "changes", "message": "Mine"}),
        ("review_decide", {"kind": "changes", "message": "Mine"}),
        ("review_decide", {"kind": "certified", "message": "Mine"}),
        ("review_fetch", {"tag": "1.0.0"}),
        ("review_fetch", {}),
        ("review_unsent", {"slot": "message", "message": "Mine"}),
        ("review_escalate", {"to": ""}),
        ("review_evidence", {}),
        ("review_remark", {"path": "service/src/index.js", "message": "Mine"}),
    ],
)
def test_a_member_does_nothing_in_the_review_and_learns_nothing_by_trying(
    world: World, draft: ConnectorStaged, name: str, fields: dict[str, str]
) -> None:
    client = person(world, draft, inside=True)
    before = (Event.objects.count(), Look.objects.filter(asked_by__contains="Inge").count())

    answer = client.post(reverse(name, args=[draft.pk]), fields)

    assert answer.status_code == 302
    assert answer["Location"] == reverse("draft", args=[draft.pk])
    assert not [word for word in WORDS.values() if word in body(answer)]
    assert before == (Event.objects.count(), Look.objects.filter(asked_by__contains="Inge").count())
    assert not Unsent.objects.exists()


def test_the_page_of_the_files_offers_no_tags_to_a_member(world: World, draft: ConnectorStaged) -> None:
    path = reverse("review_fetch", args=[draft.pk])
    query = {"from": "0.9.0", "to": "1.0.0"}
    page = reverse("review_files", args=[draft.pk])

    assert path in body(person(world, draft, inside=False).get(page, query))
    assert path not in body(person(world, draft, inside=True).get(page, query))


@pytest.mark.parametrize("sent", [True, False])
def test_a_webhook_hears_of_requests_that_were_sent_only(
    world: World, reviewer: User, draft: ConnectorStaged, sent: bool
) -> None:
    subscriptions.create(
        factory.project(), url="https://hooks.example.com/x", wanted=["request.dropped"], by=factory.developer()
    )
    row = Round.objects.get()
    if sent:
        changes.request_changes(draft.pk, by=reviewer, message="One thing.")
    conversation.settle(draft.pk, row.requests.get().pk, by=reviewer, accepted=False)

    telling.tell(Event.objects.get(name="request:dropped").pk)

    assert Delivery.objects.filter(kind="request.dropped").count() == sent


def test_a_member_of_another_project_reviews_as_before(world: World, draft: ConnectorStaged) -> None:
    rob = world.person("Rob")
    world.member(rob, factory.project("elsewhere"))
    claims.release(draft.pk, by=world.person("Rita"))

    claims.start(draft.pk, by=rob)

    client = Client()
    client.force_login(rob)
    assert WORDS["note"] in body(client.get(reverse("review", args=[draft.pk])))
