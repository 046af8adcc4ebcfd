"""A reviewer's session in a real browser: from the queue to the certificate, over two rounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.roles import Role
from certification.desk import claims
from certification.models import ChangeRequest, Criterion, LineComment, Round, Unsent
from certification.rounds import submissions
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import Problem, World
from tests.journeys.browser import LOOKS, Visitor
from tests.worker import work_off


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

    page.get_by_role("button", name="Claim next").click()
    expect(page.get_by_role("heading", level=1, name="Acme payments")).to_be_visible()
    visitor.audit("review")

    page.locator("#code summary", has_text="service/src/index.js").click()
    page.get_by_role("link", name="Comment on line 1").click()
    form = page.get_by_role("form", name="Comment on line 1")
    expect(form.get_by_label("Line of the new version")).to_have_value("1")
    form.get_by_label("As", exact=True).select_option("request")
    form.get_by_label("Text").fill("Read the port from the environment.")
    visitor.audit("review-file")
    page.get_by_role("button", name="Add comment").click()
    expect(page.get_by_text("Requested change, open")).to_be_visible()
    page.get_by_role("link", name="Comment on line 2").click()
    page.get_by_role("form", name="Comment on line 2").get_by_label("Text").fill("Is this meant to be logged?")
    page.get_by_role("button", name="Add comment").click()
    expect(page.get_by_text("sent with the next message")).to_be_visible()

    expect(page.get_by_label("Message to the developer")).to_have_value(
        "Also\n- service/src/index.js:1: Read the port from the environment.\n"
        "- service/src/index.js:2: Is this meant to be logged?"
    )
    page.keyboard.press("d")
    expect(page.get_by_label("Message to the developer")).to_be_focused()
    visitor.audit("review-decide")
    page.get_by_role("button", name="Request changes…").click()
    expect(page.get_by_role("heading", name="API preview")).to_be_visible()
    visitor.audit("review-preview")
    page.get_by_role("button", name="Request changes").click()
    expect(page.get_by_text("It is the developer's turn.")).to_be_visible()
    assert draft.comments.get().text.startswith("Also\n- service/src/index.js:1")

    resubmitted(world, draft)
    visitor.go("/queue?view=mine")
    page.get_by_role("link", name="Acme payments").click()
    expect(page.get_by_text("Touched in round 2 by")).to_be_visible()
    page.get_by_role("button", name="Start certification").click()
    code = page.locator("#code")
    expect(code.get_by_text("1 file", exact=True)).to_be_visible()
    code.locator("summary", has_text="service/src/index.js").click()
    expect(code.get_by_text("const port = process.env.PORT")).to_be_visible()
    page.get_by_role("button", name="Accept", exact=True).click()
    page.get_by_role("button", name="Pass proven criteria").click()
    expect(page.get_by_role("button", name="Pass proven criteria")).to_have_count(0)
    for criterion in Criterion.objects.filter(level="must"):
        row = page.locator(f"#criterion-{criterion.key}")
        if not Round.objects.get(number=2).verdicts.filter(criterion=criterion).exists():
            say = row.get_by_label("Comment on")
            if not say.is_visible():
                row.locator("summary", has_text="Comment").click()
            say.fill("Read by hand.")
            row.get_by_role("button", name="Pass").click()
            expect(page.locator(f"#criterion-{criterion.key}").get_by_text("Pass", exact=True)).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    visitor.audit("review-second-round")
    page.get_by_role("link", name="Decide").first.click()
    expect(page.get_by_text("Ready to certify.")).to_be_visible()
    page.get_by_role("button", name="Certify…").click()
    page.get_by_label("Message").fill("Thank you.")
    page.get_by_role("button", name="Certify", exact=True).click()
    # After a minute of work, the tag has to be looked up again.
    expect(page.get_by_text(re.compile("Certified. The Connector|Checking where the tag")).first).to_be_visible()
    work_off()

    expect(page.get_by_text("Certified. The Connector is public and listed.")).to_be_visible()
    draft.refresh_from_db()
    assert draft.status == "Published"
    assert draft.comments.latest("pk").text == "Thank you."


def test_the_whole_review_works_without_script(
    visitor_without_javascript: Visitor, world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    page = visitor_without_javascript.enter_as(reviewer).go("/queue").page
    page.get_by_role("button", name="Claim next").click()
    page.locator("#code summary", has_text="service/src/index.js").click()
    page.get_by_role("link", name="Open the difference").locator("visible=true").first.click()
    page.get_by_label("Text").fill("The whole file could be shorter.")
    page.get_by_role("button", name="Save draft").click()
    assert Unsent.objects.get().text == "The whole file could be shorter."
    page.get_by_role("button", name="Add comment").click()
    assert LineComment.objects.get().text == "The whole file could be shorter."

    visitor_without_javascript.go(f"/reviews/{draft.pk}")
    page.get_by_label("Prepared answer").select_option(label="Scopes too wide")
    page.get_by_role("button", name="Insert answer").click()
    page.get_by_role("button", name="Ask a question…").click()
    page.get_by_role("button", name="Send question").click()

    assert "The API client asks for more scopes" in draft.comments.get().text
    assert Round.objects.get().turn == "developer"


def test_keys_reach_everything_and_rest_while_one_types(
    visitor: Visitor, world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    page = visitor.enter_as(reviewer).go("/queue").page
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.get_by_text("1 submission claimed.")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Acme payments")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    expect(page.get_by_text("Released. Anyone can claim it now.")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("s")
    expect(page.get_by_text("You claimed this review.")).to_be_visible()
    page.wait_for_load_state("load")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    visitor.screenshot("review-keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.keyboard.press("m")
    expect(page.get_by_role("textbox", name="Private note", exact=True)).to_be_focused()
    page.keyboard.type("jdn? no keys here")
    expect(page.get_by_role("textbox", name="Private note", exact=True)).to_have_value("jdn? no keys here")
    expect(page.get_by_text("Draft saved. Only you see it until you send it.")).to_be_visible()
    assert Unsent.objects.get().text == "jdn? no keys here"
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Note added. Only reviewers see it.")).to_be_visible()

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
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Decide")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.get_by_role("heading", level=1, name="Review queue")).to_be_visible()


def stand_at(page: Page, item: str) -> None:
    """Go down the page by keyboard until an item is at hand."""
    for _ in range(40):
        page.keyboard.press("j")
        if page.locator(f"{item}[data-current]").count():
            return
    raise AssertionError(f"{item} cannot be reached by keyboard.")


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("d", "Message to the developer"),
        ("c", "Public comment"),
        ("m", "Private note"),
        ("r", "What should change?"),
        ("t", "Prepared answers"),
    ],
)
def test_what_a_key_opens_takes_the_focus_and_no_letter_signs_a_criterion(
    visitor: Visitor, world: World, reviewer: User, draft: ConnectorStaged, key: str, field: str
) -> None:
    claims.start(draft.pk, by=reviewer)
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page
    stand_at(page, "#criterion-function")

    page.keyboard.press(key)
    page.keyboard.type("yaxes, end u s 1")

    expect(page.get_by_role("searchbox" if key == "t" else "textbox", name=field, exact=True)).to_be_focused()
    expect(page.locator(":focus")).to_have_value(re.compile("yaxes, end u s 1$"))
    page.keyboard.press("Escape")
    if key == "t":
        page.keyboard.press("Escape")
    page.keyboard.type("yxae")
    expect(page.locator("#criterion-function[data-undecided]")).to_be_visible()
    assert not Round.objects.get().verdicts.exists()


@pytest.mark.parametrize("key", ["1", "3", "5", "d"])
def test_going_to_another_part_leaves_the_criterion_at_hand(
    visitor: Visitor, world: World, reviewer: User, draft: ConnectorStaged, key: str
) -> None:
    claims.start(draft.pk, by=reviewer)
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page
    stand_at(page, "#criterion-function")

    page.keyboard.press(key)
    page.keyboard.type("yxae")

    expect(page.locator("#criterion-function:focus-within")).to_have_count(0)
    expect(page.locator("#criterion-function[data-undecided]")).to_be_visible()
    assert not Round.objects.get().verdicts.exists()


def test_the_next_item_is_looked_for_in_the_part_that_was_gone_to(
    visitor: Visitor, reviewer: User, draft: ConnectorStaged
) -> None:
    claims.start(draft.pk, by=reviewer)
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page
    page.emulate_media(reduced_motion="no-preference")
    first = page.locator("#criteria [data-item]").first

    page.evaluate("document.getElementById('code').scrollIntoView({ behavior: 'instant' })")
    page.keyboard.press("2")
    page.keyboard.press("j")

    expect(first).to_be_focused()


def test_a_form_that_the_mouse_opens_takes_the_focus_and_lets_no_key_through(
    visitor: Visitor, world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    claims.start(draft.pk, by=reviewer)
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page

    for opener, field in (
        (page.locator("#findings summary[data-waive]"), "Reason"),
        (page.locator("#criterion-function .cr-say > summary"), "Comment on It does what the listing says"),
        (page.locator("summary[data-key=r]"), "What should change?"),
        (page.locator("#notes summary", has_text="Escalate"), "Reason, as a private note"),
    ):
        opener.click()
        expect(page.get_by_label(field, exact=True)).to_be_focused()
        page.keyboard.press("Shift+Tab")
        page.keyboard.type("usyxn")
        page.keyboard.press("Escape")
        expect(page.get_by_label(field, exact=True)).to_be_hidden()
    page.get_by_role("link", name="Decide").first.click()
    expect(page.get_by_label("Message to the developer")).to_be_focused()

    assert Round.objects.get().assignee == reviewer
    assert not Round.objects.get().verdicts.exists()


def test_the_list_of_keys_lets_no_key_through(
    visitor: Visitor, world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    claims.start(draft.pk, by=reviewer)
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page
    stand_at(page, "#criterion-function")

    page.keyboard.type("?yxau")

    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Private note")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert Round.objects.get().assignee == reviewer
    assert not Round.objects.get().verdicts.exists()


def test_fixes_are_requested_finding_by_finding(visitor: Visitor, world: World, reviewer: User) -> None:
    problems = [
        Problem(check="static-analysis", severity="warning", rule=rule, line=line, fingerprint=rule * 10)
        for line, rule in enumerate(("one", "two", "three"), start=1)
    ]
    draft = world.begun(reviewer, problems=problems)
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page

    for number in range(1, 4):
        page.keyboard.press("f")
        with page.expect_navigation():
            page.keyboard.press("r")
        page.wait_for_load_state("load")
        expect(page.get_by_role("link", name="Fix requested, open")).to_have_count(number)
    page.keyboard.press("f")
    page.keyboard.press("r")

    expect(page.get_by_role("link", name="Fix requested, open").last).to_be_focused()
    expect(page.get_by_label("What should change?")).to_be_hidden()
    assert sorted(ChangeRequest.objects.values_list("line", flat=True)) == [1, 2, 3]


def test_a_request_that_is_being_typed_is_kept_with_its_place(
    visitor: Visitor, world: World, reviewer: User, draft: ConnectorStaged
) -> None:
    claims.start(draft.pk, by=reviewer)
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page
    form = page.locator("#requests")
    page.keyboard.press("r")
    page.keyboard.type("Read it from elsewhere.")
    form.get_by_label("File").fill("service/src/index.js")
    form.get_by_label("Criterion").select_option("tests")
    expect(form.get_by_text("Draft saved. Only you see it until you send it.")).to_be_visible()

    page.reload()

    expect(form.locator("#request-message")).to_have_value("Read it from elsewhere.")
    expect(form.get_by_label("File")).to_have_value("service/src/index.js")
    expect(form.get_by_label("Criterion")).to_have_value("tests")


PLACES = """() => {
  const [header, bar] = ['.cc-header', '.cr-jump'].map((name) => document.querySelector(name).getBoundingClientRect())
  const part = document.querySelector('#criteria').getBoundingClientRect()
  return {header: Math.round(header.top), below: Math.round(bar.top - header.bottom), part: part.top >= bar.bottom,
    end: scrollY + innerHeight >= document.documentElement.scrollHeight - 1}
}"""


@pytest.mark.parametrize("look", list(LOOKS))
def test_header_and_section_bar_stay_on_the_whole_long_page(
    visitor: Visitor, world: World, reviewer: User, look: str
) -> None:
    problems = [Problem(severity="warning", line=line, fingerprint=f"{line:032}") for line in range(1, 25)]
    draft = world.begun(reviewer, problems=problems)
    page = visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page
    scheme, size = LOOKS[look]
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)  # type: ignore[arg-type]

    for share in (0.25, 0.5, 0.9, 1):
        page.evaluate("(share) => scrollTo(0, share * document.documentElement.scrollHeight)", share)
        places = page.evaluate(PLACES)
        assert (places["header"], places["below"]) == (0, 0), share
    assert places["end"]

    page.get_by_role("navigation", name="Sections of this page").get_by_role("link", name="Criteria").click()
    assert page.evaluate(PLACES)["part"]


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
    first.get_by_label("Comment on The important paths have tests").fill("I saw some.")
    first.locator("#criterion-tests").get_by_role("button", name="Pass").click()
    expect(first.locator("#criterion-tests").get_by_role("alert")).to_contain_text("Lea said “Fail”. There are none.")
    expect(first.get_by_label("Comment on The important paths have tests")).to_have_value("I saw some.")

    first.get_by_role("link", name="Decide").first.click()
    first.get_by_label("Message to the developer").fill("Where are the tests?")
    first.get_by_role("button", name="Ask a question…").click()
    expect(first.get_by_text("Lea gave a verdict (The important paths have tests, – → fail).")).to_be_visible()
    second.get_by_label("Public comment").fill("I am looking, too.")
    second.get_by_role("button", name="Send comment").click()
    expect(second.get_by_text("Comment sent.")).to_be_visible()
    first.get_by_role("button", name="Send question").click()
    expect(first.get_by_role("alert")).to_contain_text("Lea commented.")
    expect(first.get_by_label("Message")).to_have_value("Where are the tests?")
    assert Round.objects.get().turn == "reviewer"

    first.get_by_role("button", name="Send question").click()
    expect(first.get_by_text("It is the developer's turn, and your clock is paused.")).to_be_visible()
    assert [comment.text for comment in draft.comments.all()] == ["I am looking, too.", "Where are the tests?"]
