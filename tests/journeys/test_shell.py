"""The frame around every page: theme, keyboard, errors, and the admin in the same dress."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.journeys.browser import Visitor

GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_theme_is_chosen_and_stays(new_visitor: Callable[..., Visitor], javascript: bool) -> None:
    visitor = new_visitor(javascript=javascript).go("/accounts/login/")
    light = visitor.page.evaluate(GROUND)

    visitor.page.get_by_role("button", name="Dark").click()
    visitor.page.wait_for_load_state()

    expect(visitor.page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    dark = visitor.page.evaluate(GROUND)
    assert dark != light
    assert visitor.go("/accounts/signup/").page.evaluate(GROUND) == dark

    visitor.page.get_by_role("button", name="System").click()
    visitor.page.wait_for_load_state()

    assert visitor.page.evaluate(GROUND) == light
    assert visitor.go("/accounts/login/").page.evaluate(GROUND) == light


def test_the_first_key_press_offers_to_skip_to_the_content(visitor: Visitor, person: User) -> None:
    visitor.enter_as(person).go("/accounts/email/")

    visitor.page.keyboard.press("Tab")

    skip = visitor.page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#main")).to_be_focused()


def test_escape_closes_a_menu_and_gives_the_focus_back(visitor: Visitor, person: User) -> None:
    visitor.enter_as(person).go("/accounts/email/")
    menu = visitor.page.locator("summary", has_text="Account")
    menu.press("Enter")
    expect(visitor.page.get_by_role("link", name="Sessions").first).to_be_visible()

    visitor.page.keyboard.press("Escape")

    expect(menu).to_be_focused()
    expect(visitor.page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_an_unknown_address_is_a_page_with_a_way_out(visitor: Visitor) -> None:
    visitor.go("/no/such/page", status=404).audit("error-404")

    expect(visitor.page.get_by_role("link", name="Home")).to_be_visible()


def test_the_admin_wears_the_same_dress(visitor: Visitor, new_person: Callable[..., User]) -> None:
    operator = new_person("op@example.com", is_staff=True, is_superuser=True)
    visitor.enter_as(operator)

    for name, path in {
        "index": "/admin/",
        "people": "/admin/accounts/user/",
        "person": f"/admin/accounts/user/{operator.pk}/change/",
        "project": "/admin/accounts/project/add/",
    }.items():
        # The admin's own markup: its script labels the help signs of double lists, which are plain spans, and its
        # tables of inline rows have a column without a heading.
        visitor.go(path).audit(f"admin-{name}", without=["aria-prohibited-attr", "empty-table-header"])
    visitor.page.get_by_role("button", name="Dark").click()
    dark = visitor.page.evaluate(GROUND)
    assert visitor.go("/admin/").page.evaluate(GROUND) == dark


RESTORED = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"


def test_a_page_that_the_browser_kept_is_loaded_anew_after_signing_out(visitor: Visitor, person: User) -> None:
    visitor.enter_as(person).go("/projects")
    other = visitor.context.new_page()
    other.goto("/")
    other.get_by_role("banner").locator("summary", has_text="Account").click()
    with other.expect_navigation():
        other.get_by_role("button", name="Sign out").click()

    with visitor.page.expect_navigation():
        visitor.page.evaluate(RESTORED)

    assert "/accounts/login/" in visitor.page.url


def test_a_page_that_the_browser_kept_stays_as_it_was_for_the_same_person(visitor: Visitor, person: User) -> None:
    visitor.enter_as(person).go("/projects")
    visitor.page.evaluate("document.title = 'kept'")

    visitor.page.evaluate(RESTORED)
    visitor.page.wait_for_timeout(300)

    assert visitor.page.title() == "kept"
