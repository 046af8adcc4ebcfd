"""The pages of a decision: its button, its preview with the form that sends it, and what is said then."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from certification import decisions
from certification.models import Answer, Round
from certification.rounds import conversation
from certification.rounds.abilities import abilities
from connectors.models import ConnectorStaged
from tests.certification.world import World, chosen

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(world: World, reviewer: User) -> ConnectorStaged:
    """A review with nothing decided."""
    return world.begun(reviewer)


@pytest.fixture
def decidable(world: World, begun: ConnectorStaged, reviewer: User) -> ConnectorStaged:
    """The same review, which could end in any decision."""
    world.decided(begun, reviewer)
    conversation.request(begun.pk, by=reviewer, text="Read the port.")
    return begun


def posted(user: User, page: str, draft: ConnectorStaged, kind: str, **fields: object) -> Any:
    client = Client()
    client.force_login(user)
    return client.post(reverse(page, args=[draft.pk]), {"kind": kind, "message": "Please look.", **fields})


def preview(user: User, draft: ConnectorStaged, kind: str, **fields: object) -> str:
    found: str = posted(user, "review_preview", draft, kind, **fields).content.decode()
    return found


def control(page: str, name: str) -> str:
    """Return the control of a name, as it is written in the page."""
    found = re.search(rf"<input[^>]*name=\"{name}\"[^>]*>", page)
    assert found is not None
    return found[0]


def test_the_review_has_a_button_for_each_decision(client: Client, begun: ConnectorStaged, reviewer: User) -> None:
    client.force_login(reviewer)

    page = client.get(reverse("review", args=[begun.pk])).content.decode()

    offered = re.findall(r'name="kind" value="(\w+)">([^<]+)<', page)
    assert offered == [(kind, decision.offer) for kind, decision in decisions.registered().items()]


@pytest.mark.parametrize("kind", list(decisions.registered()))
def test_each_decision_is_previewed_sent_and_confirmed(decidable: ConnectorStaged, reviewer: User, kind: str) -> None:
    decision = decisions.registered()[kind]

    page = preview(reviewer, decidable, kind)
    answer = posted(reviewer, "review_decide", decidable, kind, token=uuid4(), **chosen(decision))

    assert f">{decision.button}</button>" in page
    assert all(field.label in page for field in decision.fields)
    assert "alert-warning" not in page
    assert answer.status_code == 302
    assert Answer.objects.get().kind == kind
    (said,) = get_messages(answer.wsgi_request)
    assert decision.effects[0].sent in str(said)


def test_a_preview_says_what_would_refuse_it(begun: ConnectorStaged, reviewer: User) -> None:
    assert "Add at least one request for a change first." in preview(reviewer, begun, "changes")
    page = preview(reviewer, begun, "certified")
    assert "This blocks the certificate:" in page
    assert "criteria are not decided" in page


def test_a_preview_says_who_else_has_to_decide(world: World, begun: ConnectorStaged) -> None:
    why_not = abilities(Round.objects.get(), world.person("Rob")).decide().why_not

    assert "Rita" in why_not
    for kind in decisions.registered():
        assert why_not in preview(world.person("Rob"), begun, kind)


def test_a_preview_without_a_known_decision_leads_back(begun: ConnectorStaged, reviewer: User) -> None:
    answer = posted(reviewer, "review_preview", begun, "burn")

    assert answer["Location"].endswith("#decide")
    assert [str(said) for said in get_messages(answer.wsgi_request)] == ["Choose a decision."]


def test_a_reviewer_sees_the_usual_days_and_cannot_set_them(decidable: ConnectorStaged, reviewer: User) -> None:
    field = control(preview(reviewer, decidable, "changes", days="30"), "days")

    assert 'value="10"' in field
    assert "disabled" in field


def test_a_lead_sets_the_days_and_the_next_preview_has_them(world: World, decidable: ConnectorStaged) -> None:
    lead = world.person("Lea", Role.LEAD_REVIEWER)

    first = control(preview(lead, decidable, "changes"), "days")
    second = control(preview(lead, decidable, "changes", days="30"), "days")

    assert 'value="10"' in first
    assert 'value="30"' in second
    assert "disabled" not in second


def test_days_out_of_range_are_refused_beside_the_field(world: World, decidable: ConnectorStaged) -> None:
    answer = posted(world.person("Lea", Role.LEAD_REVIEWER), "review_decide", decidable, "changes", days="61")

    assert answer.status_code == 409
    assert "less than or equal to 60" in answer.content.decode()
    assert Round.objects.get().turn == "reviewer"


def test_a_chosen_reason_is_in_the_preview_of_the_mail(decidable: ConnectorStaged, reviewer: User) -> None:
    page = preview(reviewer, decidable, "failed", reason="security")

    assert '<option value="security" selected>' in page
    assert "an entry of type Error in publishingReport" in page
