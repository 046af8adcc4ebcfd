"""The recipients of an event."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import actors
from accounts.models import Event, User
from accounts.roles import Role
from accounts.webhooks import subscriptions
from certification.decisions import certificate, failure, question
from certification.desk import claims
from certification.models import Notification, Round
from certification.notifications import telling
from certification.notifications.channels import mail
from certification.rounds import approvals, deadlines, rounds, submissions
from certification.verdicts import waiver_decisions
from connectors.models import ConnectorStaged, Finding
from tests import factory
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db

REASON = "A public key of the vendor, which is meant to be read."


@pytest.fixture
def people(world: World) -> dict[str, User]:
    """One of each possible recipient, and an owner of the Project."""
    factory.owner()
    return {
        name: world.person(name, role)
        for name, role in {
            "Rita": Role.REVIEWER,
            "Rob": Role.REVIEWER,
            "Lea": Role.LEAD_REVIEWER,
            "Sam": Role.SECURITY_REVIEWER,
            "Audrey": Role.AUDITOR,
        }.items()
    }


@pytest.fixture
def begun(world: World, people: dict[str, User]) -> ConnectorStaged:
    return world.begun(people["Rita"], problems=[Problem()], outcomes={"secrets": "failed"})


def told(name: str) -> dict[str, str]:
    """Tell the last event of a name as the worker does; return the title that each of the reviewers' side got."""
    event = Event.objects.filter(name=name).latest("id")
    telling.tell(event.pk)
    rows = Notification.objects.filter(event=event.uuid, kind__in=("review", "escalation"))
    return dict(rows.values_list("recipient__name", "title"))


def test_whoever_gets_a_review_and_whoever_loses_it_are_told(people: dict[str, User], begun: ConnectorStaged) -> None:
    claims.assign(begun.pk, to=people["Rob"], by=people["Lea"])

    assert told("round:assigned") == {"Rob": "Assigned to you", "Rita": "Assigned to somebody else"}


def test_who_takes_a_review_over_is_not_told_but_the_one_before_is(
    people: dict[str, User], begun: ConnectorStaged
) -> None:
    claims.assign(begun.pk, to=people["Lea"], by=people["Lea"])

    assert told("round:assigned") == {"Rita": "Assigned to somebody else"}


@pytest.mark.parametrize(("by", "told_of_it"), [("Rita", {}), ("Lea", {"Rita": "Your review was released"})])
def test_a_review_that_somebody_else_releases_is_told(
    people: dict[str, User], begun: ConnectorStaged, by: str, told_of_it: dict[str, str]
) -> None:
    claims.release(begun.pk, by=people[by])

    assert told("round:released") == told_of_it


def test_a_question_without_an_answer_is_told_to_the_reviewer(people: dict[str, User], begun: ConnectorStaged) -> None:
    question.ask(begun.pk, by=people["Rita"], message="Why?")
    deadlines.sweep(now=timezone.now() + timedelta(days=30))

    assert told("certification:question-unanswered") == {"Rita": "The question was not answered"}


def test_a_waiver_reaches_those_who_approve_and_its_end_the_one_who_proposed(
    people: dict[str, User], begun: ConnectorStaged
) -> None:
    waiver = waiver_decisions.propose(
        begun.pk, Finding.objects.get().pk, by=people["Rita"], scope="finding", reason=REASON
    )  # fmt: skip
    assert set(told("waiver:proposed")) == {"Lea", "Sam"}

    claims.assign(begun.pk, to=people["Rob"], by=people["Lea"])
    waiver_decisions.approve(begun.pk, waiver.pk, by=people["Sam"])
    assert set(told("waiver:approved")) == {"Rita", "Rob"}

    waiver_decisions.revoke(begun.pk, waiver.pk, by=people["Lea"])
    assert set(told("waiver:revoked")) == {"Rita", "Rob"}


def test_a_waiver_that_expires_is_told_to_the_reviewer(people: dict[str, User], begun: ConnectorStaged) -> None:
    waiver = waiver_decisions.propose(
        begun.pk, Finding.objects.get().pk, by=people["Rita"], scope="finding", reason=REASON
    )  # fmt: skip
    waiver_decisions.approve(begun.pk, waiver.pk, by=people["Sam"])
    deadlines.sweep(now=waiver.expires_at)

    assert told("waiver:expired") == {"Rita": "A waiver has expired"}


def test_an_appeal_reaches_the_leads(world: World, people: dict[str, User], begun: ConnectorStaged) -> None:
    failure.fail(begun.pk, by=people["Rita"], reason="other", message="No.")
    submissions.appeal(begun.pk, by=factory.developer(), text="It is a public key.")

    assert told("connector:appealed") == {"Lea": "Appealed"}


def test_a_second_signature_is_asked_of_the_leads(
    world: World, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = world.begun(people["Rita"])
    world.decided(draft, people["Rita"])
    monkeypatch.setattr(approvals, "needs_another", lambda row, by: True)

    certificate.certify(draft.pk, by=people["Rita"])

    assert told("certification:first-approval") == {"Lea": "A second signature is needed"}


@pytest.mark.parametrize(("by", "told_of_it"), [("Rita", {}), ("Lea", {"Rita": "The certificate was refused"})])
def test_the_reviewer_hears_what_a_lead_decided_for_them(
    people: dict[str, User], begun: ConnectorStaged, by: str, told_of_it: dict[str, str]
) -> None:
    failure.fail(begun.pk, by=people[by], reason="security", message="A token is in the code.")

    assert told("certification:failed") == told_of_it


def test_a_tag_that_moved_is_told_to_the_developers(people: dict[str, User], begun: ConnectorStaged) -> None:
    rounds.keep_tag(Round.objects.get(), by=people["Lea"], commit="f" * 40)

    assert told("round:tag-moved") == {"Rita": "The tag has moved"}
    one = Notification.objects.get(kind="turn")
    assert (one.recipient.email, "Tag 1.0.0 no longer leads to" in one.text) == (
        "owner@example.com",
        True,
    )


def test_a_webhook_that_the_portal_disabled_is_told_to_its_project() -> None:
    owner = factory.owner()
    factory.stranger()
    made = subscriptions.create(factory.project(), url="https://example.com/hooks", wanted=[], by=actors.system("test"))
    subscriptions.disable(made.webhook, by=actors.system("Webhooks"), because="The receiver answered 410 Gone.")

    told("webhook:disabled")

    one = Notification.objects.get()
    assert (one.recipient, one.text) == (
        owner,
        "The portal sends nothing more to this address. The receiver answered 410 Gone.",
    )
    assert one.path == reverse("project_webhook", args=["acme", made.webhook.pk])
    assert "Fix the receiver" in str(mail.compose(one).body)


def test_a_webhook_that_a_member_disabled_is_told_to_nobody() -> None:
    owner = factory.owner()
    made = subscriptions.create(factory.project(), url="https://example.com/hooks", wanted=[], by=actors.system("test"))
    subscriptions.disable(made.webhook, by=actors.person(owner, public_name="acme"))

    told("webhook:disabled")

    assert not Notification.objects.exists()
