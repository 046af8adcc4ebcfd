"""The developers' pages and the catalog, in every theme and width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from connectors.models import CheckResult, ConnectorStaged, Finding
from connectors.worker import finish
from tests import factory, repositories
from tests.journeys.browser import Visitor
from tests.worker import work_off

pytestmark = pytest.mark.django_db(transaction=True)

CONFIGURATION = {
    "configurations": [
        {
            "applicationName": "service",
            "applicationType": "service",
            "standardConfiguration": [
                {"key": "MERCHANT", "description": "The merchant's id", "required": True, "default": None},
                {"key": "CAPTURE", "description": "When to capture", "required": False, "default": "immediate"},
            ],
            "securedConfiguration": [{"key": "API_KEY", "description": "The key of the API", "required": True}],
        }
    ],
    "global_configuration": None,
    "api_client": None,
}


@pytest.fixture
def repository(tmp_path: Path, settings: Any) -> None:
    """The repository of the factory's drafts, with two tags."""
    settings.GIT_URL_REWRITES = {"https://github.com/": f"file://{tmp_path}/"}
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    for tag in ("1.0.0", "1.1.0"):
        repositories.make(tmp_path / "acme" / "payments.git", tag=tag)


def checked(row: ConnectorStaged, *, state: str) -> None:
    """Give the publishing run of a draft checks of every outcome, and findings."""
    run = factory.last_run(row)
    run.state, run.commit, run.started_at = state, factory.COMMIT, timezone.now()
    run.finished_at = None if state == "running" else timezone.now()
    run.save()
    row.runs.exclude(pk=run.pk).delete()
    last = ("running", "queued") if state == "running" else ("failed", "did not run")
    for n, outcome in enumerate(("passed", "failed", *last)):
        CheckResult.objects.create(
            run=run,
            check_id=f"check-{n}",
            position=n,
            title=("Repository", "Secrets", "Documentation", "Dependencies")[n],
            level="required",
            outcome=outcome,
            seconds=n + 0.4,
            detail="The advisory database cannot be reached." if outcome == "did not run" else "",
        )
    for severity in ("error", "warning", "note"):
        Finding.objects.create(
            run=run,
            check_id="check-1",
            rule="secrets/github-token",
            severity=severity,
            message="A GitHub token is in the code. Anyone who reads the repository can use it.",
            fix="Revoke the token, then read it from a secured configuration key.",
            application="service",
            path="service/src/index.ts",
            line=12,
            snippet='const token = "ghp_****************************1234"',
            fingerprint=severity,
        )


def test_the_first_page_and_the_catalog(visitor: Visitor) -> None:
    for n, name in enumerate(("Acme payments", "Nordic tax", "Warehouse bridge", "Search for shops")):
        factory.at(
            "Published",
            name=name,
            key=f"connector-{n}",
            description="Takes payments by card and wallet, refunds them, and tells the order what happened. "
            * (n + 1),
            integrationTypes=["psp", "tax", "erp"][: n + 1],
            supportedRegions=["europe-west1.gcp", "us-central1.gcp"][: n % 3],
            creator={"email": "dev@acme.example", "company": "Acme GmbH & Co. KG"},
        )

    visitor.go("/").audit("home")
    visitor.go("/catalog").audit("catalog")
    visitor.page.get_by_label("Tax").check()
    visitor.page.get_by_role("button", name="Apply").click()
    assert visitor.page.get_by_role("status").inner_text() == "3 Connectors"
    visitor.go("/catalog?q=nothing").audit("catalog-empty")
    visitor.go("/catalog/connector-0").audit("catalog-connector")


def test_the_list_of_drafts(visitor: Visitor) -> None:
    for status in ("Draft", "Processing", "ReadyForCertification", "InCertification", "Published", "Failed"):
        factory.at(status, name=f"Acme {status}", key=f"acme-{status.lower()}")

    visitor.enter_as(factory.owner())
    visitor.go("/drafts").audit("drafts")
    visitor.go("/drafts?q=zzz").audit("drafts-nothing-found")
    visitor.enter_as(factory.user("new@example.com"))
    visitor.go("/drafts").audit("drafts-no-project")


def test_the_connector_form(visitor: Visitor) -> None:
    factory.project()
    visitor.enter_as(factory.owner())

    visitor.go("/drafts/new").audit("draft-new")
    visitor.expect_problem("status of 422")
    visitor.page.get_by_role("textbox", name="Repository").fill("https://example.com/nothing")
    visitor.press("Save draft")
    visitor.audit("draft-new-problems")
    visitor.page.get_by_role("textbox", name="Repository").fill("github.com/acme/payments")
    visitor.page.get_by_label("Tag", exact=True).fill("1.0.0")
    visitor.page.get_by_label("Name", exact=True).fill("Acme payments")
    visitor.press("Save draft")

    row = ConnectorStaged.objects.get()
    assert visitor.page.url.endswith(reverse("draft", args=[row.id]))
    visitor.audit("draft-fresh")


def test_an_edit_that_met_another_one(visitor: Visitor) -> None:
    row = factory.draft(description="Old")
    visitor.enter_as(factory.owner())

    visitor.go(reverse("draft_edit", args=[row.id]))
    factory.act(row, {"action": "setName", "name": "Theirs"}, {"action": "setDescription", "description": "Newer"})
    visitor.page.get_by_label("Name", exact=True).fill("Mine")
    visitor.page.get_by_text("Saved at").wait_for()
    visitor.expect_problem("status of 409")
    visitor.page.get_by_role("button", name="Save changes").click()
    visitor.audit("draft-conflict")
    visitor.page.get_by_role("button", name="Save changes").click()

    row.refresh_from_db()
    assert (row.name, row.description) == ("Mine", "Newer")


def test_the_page_of_a_draft_that_failed(visitor: Visitor) -> None:
    row = factory.at("Failed", key="acme-payments")
    checked(row, state="failed")
    ConnectorStaged.objects.filter(pk=row.pk).update(**CONFIGURATION)
    visitor.enter_as(factory.owner())

    visitor.go(reverse("draft", args=[row.id])).audit("draft-failed")
    visitor.go(reverse("draft_run", args=[row.id, factory.last_run(row).id])).audit("draft-run")


def test_the_checks_are_followed_and_the_page_loads_when_they_end(visitor: Visitor) -> None:
    row = factory.publish(factory.draft(), certification=True)
    checked(row, state="running")
    visitor.enter_as(factory.owner())

    visitor.go(reverse("draft", args=[row.id])).audit("draft-processing")
    assert visitor.page.locator("#turn").inner_text() == "The checks are running."
    factory.validated(row)
    visitor.page.get_by_role("heading", name="It is the reviewers’ turn.").wait_for()


def test_a_preview_that_could_not_be_checked_is_asked_for_again(visitor: Visitor) -> None:
    row = factory.act(factory.draft(), {"action": "updatePreviewable"})
    finish.give_up(factory.last_run(row, "preview"), now=timezone.now())
    visitor.enter_as(factory.owner())

    visitor.go(reverse("draft", args=[row.id])).audit("draft-preview-broke")
    visitor.follow("Request preview again").press("Request preview")

    row.refresh_from_db()
    assert row.is_previewable == "pending"


def test_the_conversation(visitor: Visitor) -> None:
    row = factory.at("InCertification")
    visitor.enter_as(factory.owner())

    visitor.go(reverse("draft", args=[row.id]))
    visitor.page.get_by_label("Comment").fill("We use the old API because the new one is not out.\nIs that fine?")
    visitor.page.get_by_role("button", name="Comment").click()
    visitor.page.get_by_text("Is that fine?").wait_for()
    visitor.audit("draft-in-certification")

    assert row.comments.count() == 1


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        ("Draft", ("edit", "tag", "preview", "publish", "notes", "delete")),
        ("InCertification", ("withdraw", "resubmit", "hand_back")),
        ("Failed", ("appeal",)),
        ("Published", ("unlist",)),
    ],
)
def test_every_step_tells_its_consequences(
    visitor: Visitor, repository: None, status: str, steps: tuple[str, ...]
) -> None:
    row = factory.at(status, key="acme-payments")
    visitor.enter_as(factory.owner())

    for step in steps:
        visitor.go(reverse(f"draft_{step}", args=[row.id]))
        if step in {"tag", "resubmit"}:
            visitor.page.get_by_text("Reading the repository…").wait_for()
            work_off()
            # The tags come by themselves, and the newest goes into the empty field.
            visitor.page.get_by_text("Configuration in connect.yaml at 1.1.0").wait_for()
            assert visitor.page.get_by_label("New tag").input_value() == "1.1.0"
        visitor.audit(f"draft-{step}")


def test_another_tag_is_chosen_by_its_button(visitor: Visitor, repository: None) -> None:
    row = factory.at("Failed")
    visitor.enter_as(factory.owner())

    visitor.go(reverse("draft_tag", args=[row.id]))
    visitor.page.get_by_text("Reading the repository…").wait_for()
    work_off()
    visitor.page.get_by_role("button", name="1.1.0").click()
    visitor.page.get_by_text("Configuration in connect.yaml at 1.1.0").wait_for()
    visitor.press("Choose tag")

    row.refresh_from_db()
    assert (row.status, row.repository_tag) == ("Processing", "1.1.0")


def test_everything_works_without_javascript(visitor_without_javascript: Visitor) -> None:
    visitor = visitor_without_javascript
    row = factory.draft()
    visitor.enter_as(factory.owner())

    visitor.go(reverse("draft", args=[row.id]))
    visitor.page.get_by_role("link", name="Submit for certification").click()
    visitor.page.get_by_role("button", name="Publish").click()

    row.refresh_from_db()
    assert row.status == "Processing"
    assert visitor.page.get_by_role("link", name="Reload to see progress").is_visible()
