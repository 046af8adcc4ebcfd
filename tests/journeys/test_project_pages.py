"""The pages of Projects, in every theme and width."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Attempt, Webhook
from accounts.projects import memberships, projects
from accounts.roles import ProjectRole
from accounts.webhooks import deliveries
from tests import factory
from tests.journeys.browser import Visitor

pytestmark = pytest.mark.django_db(transaction=True)


def test_somebody_makes_a_project_and_invites(visitor: Visitor) -> None:
    visitor.enter_as(factory.user("new@example.com", name="Nora New"))

    visitor.go("/projects").audit("projects-none")
    visitor.page.get_by_role("main").get_by_role("link", name="New Project").first.click()
    visitor.audit("project-new")
    visitor.page.get_by_label("Name").fill("Nordic shop")
    visitor.page.get_by_label("Key").fill("nordic-shop")
    visitor.page.get_by_role("button", name="Create Project").click()
    visitor.page.get_by_label("Email").fill("colleague@example.com")
    visitor.page.get_by_role("button", name="Send invitation").click()
    visitor.page.get_by_text("Invitation sent to").wait_for()
    visitor.audit("project")
    visitor.go("/projects").audit("projects")


def test_members_of_a_project(visitor: Visitor) -> None:
    project = factory.project()
    visitor.enter_as(factory.owner(project))
    projects.join(
        project,
        factory.user("d@example.com", name="Dora Developer"),
        role=ProjectRole.DEVELOPER,
        by=factory.developer(),
    )

    visitor.go(reverse("project", args=["acme"]))
    for summary in visitor.page.get_by_text("…", exact=False).all():
        if summary.evaluate("element => element.tagName") == "SUMMARY":
            summary.click()
    visitor.audit("project-members")


def test_api_clients_and_deploy_keys(visitor: Visitor) -> None:
    visitor.enter_as(factory.owner())

    visitor.go(reverse("project_clients", args=["acme"])).audit("clients-none")
    visitor.page.get_by_label("Name").fill("Release pipeline")
    visitor.page.get_by_role("button", name="Create client").click()
    visitor.page.get_by_text("Copy the secret now").wait_for()
    visitor.audit("clients")
    visitor.go(reverse("project_keys", args=["acme"])).audit("deploy-keys-none")
    visitor.page.get_by_label("Repository").fill("acme/payments")
    visitor.page.get_by_role("button", name="Create key").click()
    visitor.audit("deploy-keys")


def test_webhooks_and_their_log(visitor: Visitor) -> None:
    visitor.enter_as(factory.owner())

    visitor.go(reverse("project_webhooks", args=["acme"])).audit("webhooks-none")
    visitor.page.get_by_label("URL").fill("https://example.com/hooks")
    visitor.page.get_by_role("button", name="Create webhook").click()
    visitor.page.get_by_text("Copy the secret now").wait_for()
    visitor.audit("webhook-secret")
    row = Webhook.objects.get()
    delivery = deliveries.ping(row)
    Attempt.objects.create(delivery=delivery, number=1, status_code=500, answer="<h1>Broken</h1>", seconds=0.2)
    type(delivery).objects.filter(pk=delivery.pk).update(attempts_made=1)
    visitor.go(reverse("project_webhook", args=["acme", row.pk]))
    visitor.page.get_by_text("1 attempt").click()
    visitor.audit("webhook")


def test_an_invitation(visitor: Visitor) -> None:
    owner = factory.owner()
    invited = memberships.invite(
        factory.project(), email="new@example.com", role="viewer", by=factory.developer(), invited_by=owner
    )

    visitor.go(reverse("invitation", args=[invited.token])).audit("invitation")
    visitor.go(reverse("invitation", args=["over"]), status=404).audit("invitation-over")
    visitor.enter_as(factory.stranger())
    visitor.go(reverse("invitation", args=[invited.token])).audit("invitation-of-somebody-else")


def test_ones_own_name_and_how_one_is_told(visitor: Visitor) -> None:
    visitor.enter_as(factory.user("new@example.com", name="Nora New"))

    visitor.go("/profile").audit("profile")
    visitor.go("/notifications").audit("notification-settings")
    visitor.go("/inbox").audit("inbox")
