"""The review page and its buttons."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from certification import claims, decisions
from certification.models import Round
from connectors.models import ConnectorStaged
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(world: World) -> ConnectorStaged:
    return world.submitted(problems=[Problem(severity="warning")])


@pytest.fixture
def page(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def test_a_reviewer_reads_report_checks_findings_and_configuration(page: Client, draft: ConnectorStaged) -> None:
    shown = page.get(reverse("review", args=[draft.pk])).content.decode()

    for words in ("validation check succeeded", "Static analysis", "A token is in the code.", "API_KEY", "1.0.0"):
        assert words in shown


@pytest.mark.parametrize(("role", "status"), [("", 403), (Role.AUDITOR, 200), (Role.REVIEWER, 200)])
def test_the_page_opens_by_role(client: Client, world: World, draft: ConnectorStaged, role: str, status: int) -> None:
    client.force_login(world.person("Ann", role))

    assert client.get(reverse("review", args=[draft.pk])).status_code == status
    assert client.get(reverse("queue")).status_code == status


def test_somebody_unknown_is_sent_to_sign_in(client: Client, draft: ConnectorStaged) -> None:
    answer = client.get(reverse("review", args=[draft.pk]))

    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_an_unknown_connector_is_not_found(page: Client) -> None:
    assert page.get(reverse("review", args=[uuid4()])).status_code == 404


def test_start_comment_and_certify_by_the_buttons(
    page: Client, world: World, draft: ConnectorStaged, reviewer: User
) -> None:
    page.post(reverse("review_start", args=[draft.pk]))
    world.decided(draft, reviewer)
    page.post(reverse("review_comment", args=[draft.pk]), {"message": "Looks good.", "token": str(uuid4())})
    answer = page.post(reverse("review_certify", args=[draft.pk]), {"message": "", "token": str(uuid4())}, follow=True)

    draft.refresh_from_db()
    assert draft.status == "Published"
    assert "Certified. The connector is public" in answer.content.decode()
    assert "Looks good." in answer.content.decode()


def test_a_refusal_keeps_what_was_typed(page: Client, draft: ConnectorStaged) -> None:
    answer = page.post(reverse("review_fail", args=[draft.pk]), {"reason": "security", "message": "My long text"})

    assert answer.status_code == 409
    assert "My long text" in answer.content.decode()
    assert Round.objects.get().is_open


def test_an_auditor_sees_no_buttons_and_none_work(client: Client, world: World, draft: ConnectorStaged) -> None:
    client.force_login(world.person("Ann", Role.AUDITOR))

    shown = client.get(reverse("review", args=[draft.pk])).content.decode()

    assert "Start the certification" not in shown
    assert client.post(reverse("review_start", args=[draft.pk])).status_code == 403


def test_an_old_round_is_read_by_its_number(page: Client, world: World, draft: ConnectorStaged, reviewer: User) -> None:
    claims.start(draft.pk, by=reviewer)
    decisions.fail(draft.pk, by=reviewer, reason="other", message="No.")

    shown = page.get(reverse("review", args=[draft.pk]), {"round": "1"})

    assert shown.status_code == 200
    assert "Send the comment" not in shown.content.decode()
