"""Sessions end when nobody used them for a while, and at the latest after their whole time."""

from __future__ import annotations

import re
from time import time
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.sessions import lifetimes
from tests import factory
from tests.root import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.security]

MINUTE, HOUR, DAY = 60, 3600, 86_400
POLLS = [{lifetimes.POLL: "1", "HX-Request": "true"}, {"Sec-Fetch-Mode": "navigate"}]
"""What a part sends that loads itself again, and what a page sends that does."""


def staff() -> User:
    return User.objects.create_user("staff@example.com", factory.PASSWORD, is_staff=True)


PEOPLE = {"owner": factory.owner, "reviewer": factory.reviewer, "staff": staff}


def browser_of(who: str, *, began: float = 0, idle: float = 0) -> Client:
    """Return a browser that somebody signed in with, and used the last time, some seconds ago."""
    browser = Client()
    browser.force_login(PEOPLE[who]())
    session = browser.session
    session[lifetimes.BEGAN_AT], session[lifetimes.SEEN_AT] = time() - max(began, idle), time() - idle
    session.save()
    return browser


def is_in(browser: Client) -> bool:
    return bool(browser.get("/projects").status_code == 200)


@pytest.mark.parametrize(
    ("who", "began", "idle", "stays"),
    [
        ("owner", 0, 8 * HOUR - MINUTE, True),
        ("owner", 0, 8 * HOUR + 1, False),
        ("owner", 14 * DAY - MINUTE, 0, True),
        ("owner", 14 * DAY + 1, 0, False),
        ("reviewer", 0, HOUR - MINUTE, True),
        ("reviewer", 0, HOUR + 1, False),
        ("reviewer", 12 * HOUR - MINUTE, 0, True),
        ("reviewer", 12 * HOUR + 1, 0, False),
        ("staff", 0, HOUR + 1, False),
        ("staff", 12 * HOUR + 1, 0, False),
    ],
)
def test_a_session_ends_by_its_times(who: str, began: float, idle: float, stays: bool) -> None:
    browser = browser_of(who, began=began, idle=idle)

    assert is_in(browser) is stays
    assert Session.objects.exists() is stays


@pytest.mark.parametrize("path", ["/queue", "/admin/", "/drafts", "/accounts/email/"])
def test_the_page_for_signing_in_says_why(path: str) -> None:
    browser = browser_of("staff", idle=HOUR + 1)

    answer = browser.get(path, follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "You were signed out after 1 hour without activity." in answer.content.decode()


def test_the_whole_time_is_said_too(settings: Any) -> None:
    settings.SESSION_COOKIE_AGE = 14 * DAY
    browser = browser_of("owner", began=15 * DAY)

    assert "a session lasts 14 days" in browser.get("/drafts", follow=True).content.decode()


def test_a_change_in_a_session_that_is_over_is_not_made() -> None:
    browser = browser_of("owner", idle=9 * HOUR)

    browser.post(reverse("profile"), {"name": "Somebody"})

    assert User.objects.get().name == "Olive Owner"


def test_what_was_typed_waits_for_the_next_sign_in() -> None:
    browser = browser_of("owner")
    browser.post(reverse("draft_keep"), {"name": "Half a name"}, headers={"HX-Request": "true"})
    session = browser.session
    session[lifetimes.SEEN_AT] = time() - 9 * HOUR
    session.save()

    out = browser.get(reverse("draft_new"))
    browser.force_login(User.objects.get())

    assert out.status_code == 302
    assert "Half a name" in browser.get(reverse("draft_new")).content.decode()


def test_a_new_role_shortens_a_session_at_once() -> None:
    browser = browser_of("owner", idle=2 * HOUR)
    User.objects.update(role="reviewer")

    assert not is_in(browser)


@pytest.mark.parametrize("headers", POLLS)
def test_a_page_that_asks_by_itself_does_not_keep_a_session_alive(headers: dict[str, str]) -> None:
    browser = browser_of("owner", idle=7 * HOUR)
    before = browser.session[lifetimes.SEEN_AT]
    browser.get("/inbox", headers=headers)
    between = browser.session[lifetimes.SEEN_AT]

    browser.get("/inbox", headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1"})

    assert between == before
    assert browser.session[lifetimes.SEEN_AT] > before


def test_a_part_that_asks_after_the_end_says_so() -> None:
    answer = browser_of("owner", idle=9 * HOUR).get("/drafts", headers=POLLS[0])

    assert answer.status_code == 401
    assert "sign in in another window" in answer.content.decode()


def test_every_part_that_loads_itself_again_says_so() -> None:
    parts = [path for path in (ROOT / "templates").rglob("*.html") if 'hx-trigger="every ' in path.read_text("utf-8")]
    silent = [path.name for path in parts if not re.search(r'"every \w+"[^>]*Portal-Poll', path.read_text("utf-8"))]

    assert len(parts) >= 3
    assert silent == []


def test_activity_is_noted_once_a_minute_and_costs_nothing_in_between() -> None:
    browser = browser_of("owner", idle=2 * MINUTE)

    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as done:
            browser.get("/projects")
        counts.append(sum("django_session" in query["sql"] and query["sql"].startswith("UPDATE") for query in done))

    assert counts == [1, 0]


def test_a_remembered_cookie_ends_with_its_session() -> None:
    browser = browser_of("reviewer", began=11 * HOUR, idle=2 * MINUTE)

    answer = browser.get("/projects")

    assert int(answer.cookies["sessionid"]["max-age"]) <= HOUR + 1


def test_a_session_from_before_begins_now() -> None:
    browser = browser_of("owner")
    session = browser.session
    del session[lifetimes.BEGAN_AT], session[lifetimes.SEEN_AT]
    session.save()

    assert is_in(browser)
    assert browser.session[lifetimes.BEGAN_AT] > time() - MINUTE
