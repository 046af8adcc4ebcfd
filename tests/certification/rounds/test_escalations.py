"""Escalations: they reach somebody, and the one who asked hears of the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Event, User
from accounts.roles import Role
from certification.decisions import changes, failure
from certification.desk import claims, review_queue
from certification.errors import ReviewError
from certification.models import Notification
from certification.notifications import preferences, telling
from certification.notifications.channels import mail
from certification.notifications.preferences import Wish
from certification.rounds import conversation, deadlines, escalations, submissions
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db

NOTE = "Home-made cryptography."


@pytest.fixture
def lead(world: World) -> User:
    return world.person("Lea", Role.LEAD_REVIEWER)


@pytest.fixture
def begun(world: World, reviewer: User) -> ConnectorStaged:
    factory.owner()
    return world.begun(reviewer)


def told(name: str) -> set[str]:
    """Tell the events of a name as the worker does, and return who has them in the inbox."""
    events = list(Event.objects.filter(name=name))
    for event in events:
        telling.tell(event.pk)
    rows = Notification.objects.filter(event__in=[event.uuid for event in events])
    return set(rows.values_list("recipient__name", flat=True))


def listed(user: User, view: str = "") -> list[Any]:
    rows = review_queue.listed(view, status="", by=user, now=timezone.now())
    return list(rows.values_list("draft_id", flat=True))


@pytest.mark.parametrize(("to", "names"), [("lead", {"Lea", "Ada"}), ("security", {"Lea", "Ada", "Sam"})])
def test_an_escalation_reaches_those_who_look_at_it(
    world: World, reviewer: User, lead: User, begun: ConnectorStaged, to: str, names: set[str]
) -> None:
    world.person("Ada", Role.ADMIN)
    world.person("Sam", Role.SECURITY_REVIEWER)
    world.person("Rob")
    world.person("Audrey", Role.AUDITOR)

    escalations.escalate(begun.pk, to=to, by=reviewer, note=NOTE)

    assert told("round:escalated") == names
    one = Notification.objects.get(recipient=lead)
    assert (one.title, one.kind) == ("Escalated to you", "escalation")
    assert one.path == reverse("review", args=[begun.pk]) + "#notes"


def test_a_lead_who_belongs_to_the_project_is_not_told(
    world: World, reviewer: User, lead: User, begun: ConnectorStaged
) -> None:
    world.member(lead, begun.project)
    world.person("Ada", Role.ADMIN)

    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)

    assert told("round:escalated") == {"Ada"}


@pytest.mark.parametrize("there", ["nobody", "a member", "who left", "only the one who escalates"])
def test_whoever_escalates_learns_that_it_reaches_nobody(
    client: Client, world: World, reviewer: User, begun: ConnectorStaged, there: str
) -> None:
    by = reviewer
    if there == "a member":
        world.member(world.person("Lea", Role.LEAD_REVIEWER), begun.project)
    elif there == "who left":
        User.objects.filter(pk=world.person("Lea", Role.LEAD_REVIEWER).pk).update(is_active=False)
    elif there == "only the one who escalates":
        by = world.person("Lea", Role.LEAD_REVIEWER)
    client.force_login(by)

    address = reverse("review_escalate", args=[begun.pk])
    page = client.post(address, {"to": "security", "message": NOTE}, follow=True).content.decode()

    assert "but nobody receives it" in page
    assert "Escalated to the security reviewers." not in page
    assert ("Nobody receives it:" in page) is (by == reviewer)


def test_an_escalation_that_reaches_somebody_says_no_more(
    client: Client, reviewer: User, lead: User, begun: ConnectorStaged
) -> None:
    client.force_login(reviewer)

    address = reverse("review_escalate", args=[begun.pk])
    page = client.post(address, {"to": "security", "message": NOTE}, follow=True).content.decode()

    assert "Escalated to the security reviewers." in page
    assert "nobody receives it" not in page


def test_a_reviewer_who_joined_the_project_hears_nothing_of_it(
    world: World, reviewer: User, lead: User, begun: ConnectorStaged
) -> None:
    world.member(reviewer, begun.project)

    escalations.escalate(begun.pk, to="lead", by=world.person("Rob"), note=NOTE)

    assert told("round:escalated") == {"Lea"}


def test_the_mail_says_what_to_do_and_keeps_the_note_private(
    reviewer: User, lead: User, begun: ConnectorStaged
) -> None:
    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)
    told("round:escalated")

    assert mail.send(Notification.objects.get(recipient=lead).pk) == "sent"

    (sent,) = outbox.outbox
    text = str(sent.body)
    assert sent.subject.startswith("Escalated to you: ")
    assert "A colleague escalated this review to the lead reviewers." in text
    assert "then end the escalation" in text
    assert reverse("review", args=[begun.pk]) in text
    assert NOTE not in text


@pytest.mark.parametrize("way", ["now", "digest", "off"])
def test_leads_hear_of_it_as_their_settings_say(reviewer: User, lead: User, begun: ConnectorStaged, way: str) -> None:
    preferences.keep(lead, wishes={"escalation": Wish(inbox=way != "off", mail=way)})

    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)
    told("round:escalated")

    mails = list(Notification.objects.filter(recipient=lead).values_list("mail", flat=True))
    assert mails == {"now": ["waiting"], "digest": ["digest"], "off": []}[way]


def test_only_those_whom_it_can_concern_are_asked_how_they_want_to_be_told(world: World, lead: User) -> None:
    kinds = {user: {kind.id for kind in preferences.kinds_for(user)} for user in (lead, world.person("Rita"))}

    assert "escalation" in kinds[lead]
    assert "escalation" not in kinds[world.person("Rita")]


def test_it_has_its_place_in_the_queue_though_somebody_has_the_review(
    client: Client, world: World, reviewer: User, lead: User, begun: ConnectorStaged
) -> None:
    assert listed(lead) == []

    escalations.escalate(begun.pk, to="security", by=reviewer, note=NOTE)

    sam, rob = world.person("Sam", Role.SECURITY_REVIEWER), world.person("Rob")
    assert listed(lead) == listed(sam) == [begun.pk]
    assert listed(rob) == []
    assert listed(rob, "escalated") == [begun.pk]
    assert review_queue.numbers(by=lead, now=timezone.now()) | {"": 1, "escalated": 1} == review_queue.numbers(
        by=lead, now=timezone.now()
    )
    client.force_login(lead)
    assert "1 escalated to you" in client.get(reverse("inbox")).content.decode()
    client.force_login(rob)
    assert "escalated to you" not in client.get(reverse("inbox")).content.decode()


def test_it_leaves_counter_and_queue_when_it_ends(reviewer: User, lead: User, begun: ConnectorStaged) -> None:
    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)
    assert review_queue.escalated(lead, now=timezone.now()) == 1

    escalations.escalate(begun.pk, to="", by=lead, note="It is a well-known scheme.")

    assert (review_queue.escalated(lead, now=timezone.now()), listed(lead)) == (0, [])


def test_a_lead_of_the_project_counts_nothing_of_it(
    world: World, reviewer: User, lead: User, begun: ConnectorStaged
) -> None:
    world.member(lead, begun.project)

    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)

    assert (review_queue.escalated(lead, now=timezone.now()), listed(lead), listed(lead, "escalated")) == (0, [], [])


def test_who_escalated_hears_that_it_ended(reviewer: User, lead: User, begun: ConnectorStaged) -> None:
    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)
    escalations.escalate(begun.pk, to="", by=lead)

    assert told("round:escalation-ended") == {"Rita"}


def test_who_escalated_hears_of_the_end_though_somebody_else_has_the_review(
    world: World, reviewer: User, lead: User, begun: ConnectorStaged
) -> None:
    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)
    escalations.escalate(begun.pk, to="security", by=lead, note="More for you.")
    claims.assign(begun.pk, to=world.person("Rob"), by=lead)

    escalations.escalate(begun.pk, to="", by=world.person("Sam", Role.SECURITY_REVIEWER))

    assert told("round:escalation-ended") == {"Rita", "Lea", "Rob"}


def test_a_decision_ends_the_escalation(world: World, reviewer: User, lead: User, begun: ConnectorStaged) -> None:
    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)
    claims.assign(begun.pk, to=lead, by=lead)

    failure.fail(begun.pk, by=lead, reason="security", message="Use a library.")

    assert told("round:escalation-ended") == {"Rita"}
    assert review_queue.escalated(lead, now=timezone.now()) == 0


def test_a_deadline_that_passes_ends_the_escalation(reviewer: User, lead: User, begun: ConnectorStaged) -> None:
    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)
    conversation.request(begun.pk, by=reviewer, text="Use a library.")
    changes.request_changes(begun.pk, by=reviewer)

    deadlines.sweep(now=timezone.now() + timedelta(days=30))

    assert told("round:escalation-ended") == {"Rita"}


def test_a_new_tag_takes_the_escalation_along(world: World, reviewer: User, lead: User, begun: ConnectorStaged) -> None:
    escalations.escalate(begun.pk, to="lead", by=reviewer, note=NOTE)
    world.tag("1.0.1")

    submissions.resubmit(begun.pk, tag="1.0.1", by=factory.developer())

    assert told("round:escalation-ended") == set()
    assert review_queue.escalated(lead, now=timezone.now()) == 1


def test_what_is_not_escalated_cannot_be_ended(reviewer: User, begun: ConnectorStaged) -> None:
    with pytest.raises(ReviewError, match="not escalated"):
        escalations.escalate(begun.pk, to="", by=reviewer)

    assert not Event.objects.filter(name="round:escalation-ended").exists()


def test_escalating_needs_a_note_and_leaves_the_turn(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError, match="private note"):
        escalations.escalate(draft.pk, to="security", by=reviewer)
    row = escalations.escalate(draft.pk, to="security", by=reviewer, note="Home-made cryptography.")

    assert (row.escalated_to, row.turn, row.notes.get().text) == ("security", "reviewer", "Home-made cryptography.")
    assert escalations.escalate(draft.pk, to="", by=world.person("Sam", Role.SECURITY_REVIEWER)).escalated_to == ""
