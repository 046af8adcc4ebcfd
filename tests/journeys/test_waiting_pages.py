"""Pages that wait for a worker, in a real browser. With scripts they go on by themselves, without they load again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Membership, User
from accounts.roles import ProjectRole, Role
from certification.models import Look, TagCheck
from certification.rounds import tag_target
from connectors.models import ConnectorStaged, ValidationRun
from tests import factory
from tests.certification.world import World
from tests.journeys.browser import Visitor
from tests.worker import work_off


@pytest.fixture
def world(tmp_path: Path, settings: Any, transactional_db: None) -> World:
    return World(tmp_path, settings)


@pytest.fixture
def reviewer(new_person: Callable[..., User]) -> User:
    return new_person("rita@portal.example", name="Rita", role=Role.REVIEWER)


@pytest.fixture
def decidable(world: World, reviewer: User) -> ConnectorStaged:
    """A review whose every criterion is decided, long after its checks."""
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    work_off()
    long_ago = timezone.now() - 2 * tag_target.RECENT
    ValidationRun.objects.update(started_at=long_ago)
    Look.objects.update(since=long_ago)
    return draft


def certifying(visitor: Visitor, draft: ConnectorStaged, reviewer: User, *, message: str) -> Page:
    """Go on until the page waits for the tag."""
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}#decide").page
    page.get_by_label("Message to the developer").fill(message)
    page.get_by_role("button", name="Certify…").click()
    page.get_by_role("button", name="Certify", exact=True).click()
    expect(page.get_by_text("Checking where the tag 1.0.0 leads…")).to_be_visible()
    return page


def test_a_certificate_is_given_when_a_worker_has_looked_the_tag_up(
    visitor: Visitor, reviewer: User, decidable: ConnectorStaged
) -> None:
    page = certifying(visitor, decidable, reviewer, message="Well done.\n\nSee you.")
    visitor.audit("review-tag-check")

    work_off()

    expect(page.get_by_text("Certified. The Connector is public and listed.")).to_be_visible()
    assert decidable.comments.get().text == "Well done.\n\nSee you."


def test_a_tag_that_moved_meanwhile_is_told_with_the_message_kept(
    visitor: Visitor, world: World, reviewer: User, decidable: ConnectorStaged
) -> None:
    visitor.expect_problem("status of 409")
    page = certifying(visitor, decidable, reviewer, message="Well done.")

    world.tag("1.0.0", {"README.md": "Other words."})
    work_off()

    expect(page.get_by_role("alert")).to_contain_text("The tag 1.0.0 now leads to")
    expect(page.get_by_label("Message")).to_have_value("Well done.")
    decidable.refresh_from_db()
    assert decidable.status == "InCertification"


def test_a_page_that_no_worker_answers_says_so(visitor: Visitor, reviewer: User, decidable: ConnectorStaged) -> None:
    page = certifying(visitor, decidable, reviewer, message="Well done.")

    TagCheck.objects.update(since=timezone.now() - tag_target.PATIENCE - timedelta(seconds=1))

    expect(page.get_by_text("The tag 1.0.0 could not be checked")).to_be_visible()
    visitor.audit("review-tag-late")


def test_without_scripts_the_page_loads_again_until_one_can_certify(
    visitor_without_javascript: Visitor, reviewer: User, decidable: ConnectorStaged
) -> None:
    page = certifying(visitor_without_javascript, decidable, reviewer, message="Well done.")

    work_off()
    expect(page.get_by_text("The tag 1.0.0 was checked")).to_be_visible()
    page.get_by_role("button", name="Certify", exact=True).click()

    expect(page.get_by_text("Certified. The Connector is public and listed.")).to_be_visible()
    assert decidable.comments.get().text == "Well done."


def test_a_link_to_the_page_certifies_nothing(visitor: Visitor, reviewer: User, decidable: ConnectorStaged) -> None:
    tag_target.ask(decidable.rounds.get(), by=reviewer)
    page = visitor.enter_as(reviewer).go(reverse("review_tag_check", args=[decidable.pk])).page
    expect(page.get_by_text("Checking where the tag 1.0.0 leads…")).to_be_visible()

    work_off()

    expect(page.get_by_text("The tag 1.0.0 was checked")).to_be_visible()
    page.wait_for_timeout(1500)
    decidable.refresh_from_db()
    assert decidable.status == "InCertification"


def test_without_scripts_a_repository_is_read_and_nothing_typed_is_lost(
    visitor_without_javascript: Visitor, world: World, new_person: Callable[..., User]
) -> None:
    world.tag("1.0.0")
    person = new_person()
    Membership.objects.create(project=factory.project(), user=person, role=ProjectRole.OWNER)
    page = visitor_without_javascript.enter_as(person).go("/drafts/new").page
    page.get_by_role("textbox", name="Repository").fill("acme/payments")
    page.get_by_role("textbox", name="Name", exact=True).fill("Nordic payments")

    page.get_by_role("button", name="Test access and read connect.yaml").click()
    expect(page.get_by_text("Reading the repository…")).to_be_visible()
    work_off()
    page.get_by_role("button", name="Show what was found").click()

    expect(page.get_by_text("Repository found: 1 tag")).to_be_visible()
    expect(page.get_by_label("Tag", exact=True)).to_have_value("1.0.0")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Nordic payments")
