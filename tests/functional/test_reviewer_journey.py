"""A reviewer's session in a real browser: from the queue to the certificate, over two rounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.roles import Role
from certification import claims, submissions
from certification.models import Criterion, LineComment, Round, Unsent
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import Problem, World
from tests.functional.browser import Visitor


@pytest.fixture
def world(tmp_path: Path, settings: Any, transactional_db: None) -> World:
    """An empty repository."""
    return World(tmp_path, settings)


@pytest.fixture
def reviewer(new_person: Callable[..., User]) -> User:
    return new_person("rita@portal.example", name="Rita", role=Role.REVIEWER)


@pytest.fixture
def draft(world: World) -> ConnectorStaged:
    """A submission with a warning of the static analysis."""
    return world.submitted(
        name="Acme payments", problems=[Problem(check="static-analysis", severity="warning", rule="log", line=2)]
    )


def resubmitted(world: World, draft: ConnectorStaged) -> None:
    """The developer does what was asked for, and the checks pass."""
    world.tag("1.0.1", {"service/src/index.js": "const port = process.env.PORT\nlisten(port)\n"})
    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    world.admitted(draft)


def test_a_reviewer_takes_the_next_asks_for_a_change_and_certifies_the_new_round(
    visitor: Visitor, world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    page = visitor.enter_as(reviewer).go("/queue").page
    expect(page.get_by_role("link", name="Acme payments")).to_be_visible()
    visitor.audit("queue")

    page.get_by_role("button", name="Take next").click()
    expect(page.get_by_role("heading", level=1, name="Acme payments")).to_be_visible()
    visitor.audit("review")

    page.locator("#code summary", has_text="service/src/index.js").click()
    page.get_by_role("link", name="Comment on line 1").click()
    form = page.get_by_role("form", name="Comment on line 1")
    expect(form.get_by_label("Line of the new version")).to_have_value("1")
    form.get_by_label("As", exact=True).select_option("request")
    form.get_by_label("Text").fill("Read the port from the environment.")
    visitor.audit("review-file")
    page.get_by_role("button", name="Keep for the next answer").click()
    expect(page.get_by_text("Requested change, open")).to_be_visible()
    page.get_by_role("link", name="Comment on line 2").click()
    page.get_by_role("form", name="Comment on line 2").get_by_label("Text").fill("Is this meant to be logged?")
    page.get_by_role("button", name="Keep for the next answer").click()
    expect(page.get_by_text("goes with the next answer")).to_be_visible()

    expect(page.get_by_label("Message to the developer")).to_have_value(
        "Also\n- service/src/index.js:1: Read the port from the environment.\n"
        "- service/src/index.js:2: Is this meant to be logged?"
    )
    page.get_by_role("button", name="Request changes …").click()
    expect(page.get_by_role("heading", name="As the API shows it")).to_be_visible()
    visitor.audit("review-preview")
    page.get_by_role("button", name="Request the changes").click()
    expect(page.get_by_text("It is the developer's turn.")).to_be_visible()
    assert draft.comments.get().text.startswith("Also\n- service/src/index.js:1")

    resubmitted(world, draft)
    visitor.go("/queue?view=mine")
    page.get_by_role("link", name="Acme payments").click()
    expect(page.get_by_text("Touched in round 2 by")).to_be_visible()
    page.get_by_role("button", name="Start the certification").click()
    code = page.locator("#code")
    expect(code.get_by_text("1 file", exact=True)).to_be_visible()
    code.locator("summary", has_text="service/src/index.js").click()
    expect(code.get_by_text("const port = process.env.PORT")).to_be_visible()
    page.get_by_role("button", name="Accept", exact=True).click()
    page.get_by_role("button", name="Pass what the checks prove").click()
    for criterion in Criterion.objects.filter(level="must"):
        row = page.locator(f"#criterion-{criterion.key}")
        if not Round.objects.get(number=2).verdicts.filter(criterion=criterion).exists():
            row.get_by_role("button", name="Pass").click()
            expect(page.locator(f"#criterion-{criterion.key}").get_by_text("Pass", exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing stands in the way of a certificate.")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    visitor.audit("review-second-round")
    page.get_by_role("button", name="Certify …").click()
    page.get_by_label("Message").fill("Thank you.")
    page.get_by_role("button", name="Certify", exact=True).click()

    expect(page.get_by_text("Certified. The connector is public and listed.")).to_be_visible()
    draft.refresh_from_db()
    assert draft.status == "Published"
    assert draft.comments.latest("pk").text == "Thank you."


def test_the_whole_review_works_without_script(
    visitor_without_javascript: Visitor, world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    page = visitor_without_javascript.enter_as(reviewer).go("/queue").page
    page.get_by_role("button", name="Take next").click()
    page.locator("#code summary", has_text="service/src/index.js").click()
    page.get_by_role("link", name="Open the difference").locator("visible=true").first.click()
    page.get_by_label("Text").fill("The whole file could be shorter.")
    page.get_by_role("button", name="Save for later").click()
    assert Unsent.objects.get().text == "The whole file could be shorter."
    page.get_by_role("button", name="Keep for the next answer").click()
    assert LineComment.objects.get().text == "The whole file could be shorter."

    visitor_without_javascript.go(f"/reviews/{draft.pk}")
    page.get_by_label("Prepared answer").select_option(label="Scopes too wide")
    page.get_by_role("button", name="Insert").click()
    page.get_by_role("button", name="Ask a question …").click()
    page.get_by_role("button", name="Send the question").click()

    assert "The API client asks for more scopes" in draft.comments.get().text
    assert Round.objects.get().turn == "developer"


def test_keys_reach_everything_and_rest_while_one_types(
    visitor: Visitor, world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    page = visitor.enter_as(reviewer).go("/queue").page
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.get_by_text("1 submission: yours now.")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Acme payments")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    expect(page.get_by_text("Anybody can take the review now.")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("s")
    expect(page.get_by_text("The review is yours.")).to_be_visible()
    page.wait_for_load_state("load")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    visitor.screenshot("review-keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.keyboard.press("m")
    expect(page.get_by_role("textbox", name="Private note", exact=True)).to_be_focused()
    page.keyboard.type("jdn? no keys here")
    expect(page.get_by_role("textbox", name="Private note", exact=True)).to_have_value("jdn? no keys here")
    expect(page.get_by_text("Kept. Only you see it until you send it.")).to_be_visible()
    assert Unsent.objects.get().text == "jdn? no keys here"
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Note kept. Only reviewers see it.")).to_be_visible()

    page.keyboard.press("2")
    page.locator("#criterion-tests").scroll_into_view_if_needed()
    for _ in range(30):
        page.keyboard.press("j")
        if page.locator("#criterion-function[data-current]").count():
            break
    page.keyboard.press("y")
    expect(page.locator("#criterion-function").get_by_text("Pass", exact=True)).to_be_visible()
    expect(page.locator("#criterion-tests[data-current]")).to_be_visible()
    page.keyboard.press("x")
    page.keyboard.type("There are none.")
    page.keyboard.press("Enter")
    expect(page.locator("#criterion-tests").get_by_text("Fail", exact=True)).to_be_visible()
    expect(page.get_by_label("Message to the developer")).to_have_value(re.compile("There are none"))

    page.keyboard.press("t")
    page.get_by_label("Prepared answers", exact=True).fill("scop")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message to the developer")).to_have_value(re.compile("more scopes"))
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.get_by_role("heading", level=1, name="Review queue")).to_be_visible()


def test_history_figures_keys_and_criteria_are_in_order(
    visitor: Visitor, new_person: Callable[..., User], world: World, draft: ConnectorStaged
) -> None:
    lead = new_person("lea@portal.example", name="Lea", role=Role.LEAD_REVIEWER)

    visitor.enter_as(lead)
    for path, name in (
        ("/history", "history"),
        ("/figures", "figures"),
        ("/reviews/keys", "review-keys-page"),
        ("/criteria", "criteria"),
        (f"/reviews/{draft.pk}/files", "review-files"),
        (f"/reviews/{draft.pk}/documents", "review-documents"),
        (f"/reviews/{draft.pk}/file?path=README.md&view=split", "review-split"),
        ("/queue?view=overdue", "queue-empty"),
    ):
        visitor.go(path).audit(name)


def test_two_reviewers_in_two_browsers_overwrite_nothing(
    new_visitor: Callable[..., Visitor],
    new_person: Callable[..., User],
    world: World,
    reviewer: User,
    draft: ConnectorStaged,
) -> None:
    claims.start(draft.pk, by=reviewer)
    lead = new_person("lea@portal.example", name="Lea", role=Role.LEAD_REVIEWER)
    rita, lea = new_visitor().enter_as(reviewer), new_visitor().enter_as(lead)
    rita.expect_problem("status of 409")
    first, second = rita.go(f"/reviews/{draft.pk}").page, lea.go(f"/reviews/{draft.pk}").page

    second.locator("#criterion-tests").get_by_role("button", name="Fail").click()
    second.get_by_label("Comment on The important paths have tests").fill("There are none.")
    second.keyboard.press("Enter")
    expect(second.locator("#criterion-tests").get_by_text("Fail", exact=True)).to_be_visible()
    first.locator("#criterion-tests .cr-say summary").click()
    first.get_by_label("Comment on The important paths have tests").fill("I saw some.")
    first.locator("#criterion-tests").get_by_role("button", name="Pass").click()
    expect(first.locator("#criterion-tests").get_by_role("alert")).to_contain_text("Lea said “Fail”. There are none.")
    expect(first.get_by_label("Comment on The important paths have tests")).to_have_value("I saw some.")

    first.get_by_label("Message to the developer").fill("Where are the tests?")
    first.get_by_role("button", name="Ask a question …").click()
    expect(first.get_by_text("Lea gave a verdict (The important paths have tests, – → fail).")).to_be_visible()
    second.get_by_label("Public comment").fill("I am looking, too.")
    second.get_by_role("button", name="Send the comment").click()
    expect(second.get_by_text("Comment sent.")).to_be_visible()
    first.get_by_role("button", name="Send the question").click()
    expect(first.get_by_role("alert")).to_contain_text("Lea commented.")
    expect(first.get_by_label("Message")).to_have_value("Where are the tests?")
    assert Round.objects.get().turn == "reviewer"

    first.get_by_role("button", name="Send the question").click()
    expect(first.get_by_text("It is the developer's turn, and your clock stands still.")).to_be_visible()
    assert [comment.text for comment in draft.comments.all()] == ["I am looking, too.", "Where are the tests?"]
