"""The whole way of a new developer in a real browser: from the first sign-up to the certificate."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from accounts.models import User
from accounts.roles import Role
from certification.decisions import certificate, changes
from certification.desk import claims
from certification.models import Criterion
from certification.rounds import conversation
from certification.verdicts import verdicts
from connectors.models import ConnectorStaged
from devtools.demo import repositories as demo
from tests.journeys.browser import Visitor
from tests.repositories import git
from tests.worker import work_off

SECONDS = 40_000
PASSWORD = "a-long-enough-password"


class Repository:
    """The developer's own repository, under the address of acme/payments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(demo.SOURCES / "payment-connector" / "1.0.0", folder)
        git(folder, "init", "-q")

    def tag(self, name: str, **files: str | None) -> None:
        """Change files (None removes one; `__` stands for a slash, `_dot_` for a dot) and tag the commit."""
        for given, text in files.items():
            path = self.folder / given.replace("__", "/").replace("_dot_", ".")
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-qm", f"Release {name}", "--allow-empty")
        git(self.folder, "tag", name)


@pytest.fixture
def repository(tmp_path: Path, settings: Any, transactional_db: None) -> Repository:
    """The repository, whose address leads to this machine."""
    settings.GIT_URL_REWRITES = {"https://github.com/acme/payments.git": f"file://{tmp_path}/payments"}
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    return Repository(tmp_path / "payments")


@pytest.fixture
def reviewer(new_person: Callable[..., User]) -> User:
    """A reviewer of the portal."""
    return new_person("rita@portal.example", name="Rita", role=Role.REVIEWER)


def test_from_sign_up_to_certified(visitor: Visitor, repository: Repository, reviewer: User) -> None:
    page = visitor.go("/").page
    page.set_default_timeout(SECONDS)

    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Email", exact=True).fill("nora@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").filter(has_text=re.compile("create|sign up", re.I)).click()
    page.wait_for_load_state()
    work_off()
    link = re.search(r"https?://[^/\s]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    visitor.go(link.group(1))
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_load_state()
    if "/accounts/login" in page.url:
        page.get_by_label("Email", exact=True).fill("nora@example.com")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_load_state()

    visitor.go("/drafts")
    page.get_by_role("main").get_by_role("link", name="New Project").click()
    page.get_by_label("Name").fill("Nordic shop")
    page.get_by_label("Key").fill("nordic-shop")
    page.get_by_role("button", name="Create Project").click()
    expect(page.get_by_text("Project Nordic shop created.")).to_be_visible()

    secret = f"export const key = '{demo.planted_secret()}'\n"
    repository.tag("1.0.0", service__src__leak_dot_js=secret)
    visitor.go("/drafts/new")
    page.get_by_role("textbox", name="Repository").fill("github.com/acme/payments")
    page.get_by_role("textbox", name="Name", exact=True).focus()
    expect(page.get_by_text("Reading the repository…")).to_be_visible()
    work_off()
    expect(page.get_by_text("Repository found")).to_be_visible()
    expect(page.get_by_label("Tag", exact=True)).to_have_value("1.0.0")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("")
    page.get_by_role("textbox", name="Name", exact=True).fill("Nordic payments")
    visitor.audit("journey-form")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1, name="Nordic payments")).to_be_visible()
    draft = ConnectorStaged.objects.get()
    assert draft.repository_url == "https://github.com/acme/payments.git"

    page.get_by_role("link", name="Submit for certification").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="The checks are running.")).to_be_visible()
    work_off()
    expect(page.get_by_role("heading", name="It is your turn.")).to_be_visible()
    expect(page.get_by_role("link", name="service/src/leak.js:1")).to_be_visible()
    visitor.audit("journey-failed")

    repository.tag("1.0.1", service__src__leak_dot_js=None)
    page.get_by_role("link", name="Choose a new tag").click()
    page.get_by_label("New tag").fill("1.0.1")
    visitor.press("Choose tag")
    work_off()
    expect(page.get_by_role("heading", name="It is the reviewers’ turn.")).to_be_visible()

    claims.start(draft.pk, by=reviewer)
    asked = conversation.request(
        draft.pk, by=reviewer, text="Say in the README how to test it.", path="README.md", line=1
    )
    changes.request_changes(draft.pk, by=reviewer, message="One thing is missing.")
    work_off()
    told = [message for message in mail.outbox if "Changes are requested" in str(message.body)]
    assert [message.to for message in told] == [["nora@example.com"]]

    visitor.go("/inbox").audit("journey-inbox")
    page.get_by_role("button", name=re.compile("Open.*Changes are requested")).click()
    expect(page.get_by_text("1 requested change waits for you")).to_be_visible()
    visitor.audit("journey-requests")
    page.get_by_role("textbox", name="Reply to request 1").fill("It is in the README now.")
    page.get_by_role("button", name=re.compile("Mark as done.*request 1")).click()
    expect(page.get_by_text("It is in the README now.")).to_be_visible()
    readme = (repository.folder / "README.md").read_text(encoding="utf-8")
    repository.tag("1.0.2", README_dot_md=f"{readme}\n## Tests\n\nRun `npm test`.\n")
    page.get_by_role("link", name="Choose a new tag").click()
    page.get_by_label("New tag").fill("1.0.2")
    visitor.press("Submit tag")
    work_off()
    # The page loads again by itself when the checks have ended.
    expect(page.get_by_role("heading", name="It is the reviewers’ turn.")).to_be_visible()
    expect(page.get_by_text("changed by")).to_be_visible()

    claims.start(draft.pk, by=reviewer)
    conversation.settle(draft.pk, asked.pk, by=reviewer, accepted=True)
    for key in Criterion.objects.filter(level="must").values_list("key", flat=True):
        verdicts.decide(draft.pk, key, "pass", by=reviewer, comment="Read by hand.")
    certificate.certify(draft.pk, by=reviewer, message="Well done.")
    work_off()
    visitor.go(f"/drafts/{draft.pk}").audit("journey-certified")
    expect(page.get_by_role("heading", name="Everything is published.")).to_be_visible()
    assert any("Certified" in str(message.body) for message in mail.outbox)

    page.get_by_role("link", name="Certificate of Nordic payments").click()
    expect(page.get_by_role("heading", level=1, name="Certificate of Nordic payments")).to_be_visible()
    visitor.audit("journey-certificate")
    visitor.go("/catalog")
    expect(page.get_by_role("link", name="Nordic payments")).to_be_visible()
