"""Parts of the review page in a real browser: what fails, comes late, or is still being typed when the page is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from accounts.roles import Role
from certification.models import Round, Unsent
from connectors.models import ConnectorStaged
from tests.certification.world import World
from tests.journeys.browser import Visitor


@pytest.fixture
def reviewer(new_person: Callable[..., User]) -> User:
    return new_person("rita@portal.example", name="Rita", role=Role.REVIEWER)


@pytest.fixture
def draft(tmp_path: Path, settings: Any, reviewer: User) -> ConnectorStaged:
    """A submission that the reviewer has begun to review."""
    return World(tmp_path, settings).begun(reviewer)


@pytest.fixture
def page(visitor: Visitor, reviewer: User, draft: ConnectorStaged) -> Page:
    """The review page, open."""
    return visitor.enter_as(reviewer).go(f"/reviews/{draft.pk}").page


def saved_text(page: Page) -> str:
    """Return the draft that the server has, or gets soon: the browser tells nobody about requests of a page it left."""
    for _ in range(50):
        if (row := Unsent.objects.first()) is not None:
            return row.text
        page.wait_for_timeout(100)
    raise AssertionError("The draft was not saved.")


def held_back(page: Page, address: str) -> list[Route]:
    """Return the requests to an address as they come, instead of letting them through."""
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route(address, hold)
    return routes


def test_what_is_typed_is_saved_when_the_page_is_left_at_once(page: Page) -> None:
    page.get_by_label("Private note", exact=True).fill("Half a thought")
    page.goto("/queue")

    assert saved_text(page) == "Half a thought"


def test_what_was_sent_is_not_saved_again(page: Page) -> None:
    page.get_by_label("Private note", exact=True).fill("A whole thought")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("Note added.")).to_be_visible()

    assert not Unsent.objects.exists()


def test_a_draft_that_cannot_be_saved_says_so_and_is_sent_when_the_page_is_left(visitor: Visitor, page: Page) -> None:
    visitor.expect_problem("ERR_FAILED|htmx:error")
    page.route("**/unsent", lambda route: route.abort())
    field = page.get_by_label("Private note", exact=True)

    field.fill("Half a thought")

    expect(page.locator("#notes").get_by_text("The server cannot be reached.")).to_be_visible()
    expect(field).to_have_value("Half a thought")
    page.unroute("**/unsent")
    page.goto("/queue")
    assert saved_text(page) == "Half a thought"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            {"status": 502, "body": "<!DOCTYPE html><title>Bad gateway</title>"},
            "The server did not answer as it should.",
        ),
        ({"status": 404, "body": "<span>This is no longer here.</span>"}, "This is no longer here."),
        (None, "The server cannot be reached."),
    ],
    ids=["proxy", "refusal", "network"],
)
def test_a_verdict_that_fails_says_so_in_its_part_and_keeps_what_was_typed(
    visitor: Visitor, page: Page, answer: dict[str, Any] | None, words: str
) -> None:
    visitor.expect_problem("status of|ERR_FAILED|htmx:error")
    page.route("**/criteria/tests", lambda route: route.fulfill(**answer) if answer else route.abort())
    criterion = page.locator("#criterion-tests")
    criterion.get_by_label("Comment on").fill("I ran them.")

    criterion.get_by_role("button", name="Pass").click()

    expect(page.locator("#criteria").get_by_role("alert")).to_contain_text(words)
    expect(criterion.get_by_label("Comment on")).to_have_value("I ran them.")
    page.unroute("**/criteria/tests")
    criterion.get_by_role("button", name="Pass").click()
    expect(criterion.get_by_text("Pass", exact=True)).to_be_visible()
    expect(page.locator("#criteria").get_by_role("alert")).to_be_empty()


def test_verdicts_given_while_one_is_awaited_are_all_kept_and_none_twice(page: Page) -> None:
    held = held_back(page, "**/criteria/tests")
    for key in ("tests", "tests", "function"):
        criterion = page.locator(f"#criterion-{key}")
        if not criterion.get_by_label("Comment on").is_visible():
            criterion.locator("summary", has_text="Comment").click()
        criterion.get_by_label("Comment on").fill(f"Read {key}.")
        criterion.get_by_role("button", name="Pass").click()
    page.locator("#criterion-callers summary", has_text="Comment").click()
    page.locator("#criterion-callers").get_by_label("Comment on").fill("Not yet")

    page.wait_for_timeout(200)
    assert len(held) == 1
    held[0].continue_()

    for key in ("tests", "function"):
        expect(page.locator(f"#criterion-{key}").get_by_text("Pass", exact=True)).to_be_visible()
    expect(page.locator("#criterion-callers").get_by_label("Comment on")).to_have_value("Not yet")
    expect(page.locator("#said")).to_contain_text("Verdict saved.")
    assert sorted(Round.objects.get().verdicts.values_list("criterion__key", flat=True)) == ["function", "tests"]


def test_an_answer_to_earlier_words_does_not_replace_that_to_later_ones(page: Page) -> None:
    page.get_by_label("Public comment").focus()
    page.evaluate("dispatchEvent(new CustomEvent('certification:answers', { detail: document.activeElement }))")
    late = held_back(page, "**/answers?q=li")
    search = page.get_by_label("Prepared answers", exact=True)

    search.press_sequentially("li")
    search.fill("scopes")
    page.keyboard.press("Enter")
    if late:
        late[0].abort()

    expect(page.get_by_label("Public comment")).not_to_have_value("")


def test_a_line_opened_in_another_window_leaves_the_page_alone(page: Page) -> None:
    page.locator("#code summary", has_text="service/src/index.js").click()
    line = page.get_by_role("link", name="Comment on line 1")

    with page.context.expect_page() as other:
        line.click(modifiers=["ControlOrMeta"])

    expect(other.value.get_by_role("heading", name="Comment on line 1")).to_be_visible()
    expect(page.get_by_role("form", name="Comment on line 1")).to_have_count(0)


def test_a_comment_that_is_begun_is_saved_when_another_line_takes_its_place(page: Page) -> None:
    page.locator("#code summary", has_text="service/src/index.js").click()
    page.get_by_role("link", name="Comment on line 1").click()
    form = page.get_by_role("form", name="Comment on line 1")
    expect(form.get_by_label("Text")).to_be_focused()
    form.get_by_label("Text").fill("Half a comment")

    page.get_by_role("link", name="Comment on line 2").click()

    expect(page.get_by_role("form", name="Comment on line 2").get_by_label("Text")).to_be_focused()
    expect(form).to_have_count(0)
    page.get_by_role("link", name="Comment on line 1").click()
    expect(form.get_by_label("Text")).to_have_value("Half a comment")


def test_the_drawer_opens_from_everywhere_and_keeps_what_was_typed(page: Page, draft: ConnectorStaged) -> None:
    drawer = page.get_by_role("dialog", name="Decide")
    message = page.get_by_label("Message to the developer")
    opener = page.get_by_role("link", name="Decide").first
    expect(drawer).to_be_hidden()

    opener.click()
    expect(message).to_be_focused()
    message.fill("Two things")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("d")
    expect(message).to_be_focused()
    expect(message).to_have_value("Two things")
    expect(drawer.get_by_text("Draft saved.")).to_be_visible()

    drawer.get_by_role("link", name="not decided").click()
    expect(drawer).to_be_hidden()
    assert page.url.endswith("#criteria")
    page.goto(f"/reviews/{draft.pk}#decide")
    page.reload()
    expect(message).to_be_focused()
    expect(message).to_have_value("Two things")
    drawer.get_by_role("button", name="Close").click()
    expect(drawer).to_be_hidden()
