"""What tests with a real browser share: a visitor, and people who have an account.

CHROMIUM names the browser, BROWSER=off leaves these tests out, BROWSER_SECONDS is how long a page may take,
BROWSER_LOOKS (light,dark,narrow,narrow-dark) are the looks in which a page is audited.
"""

from __future__ import annotations

import os
import threading
import time

# Playwright's synchronous interface runs an event loop in this thread; Django would refuse the database here.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.journeys.browser import SECONDS, Visitor, launch

PASSWORD = "a-long-enough-password"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and leave them out when the environment says so."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.path.stem.endswith("_journey"):
                item.add_marker(pytest.mark.journey)
            if os.environ.get("BROWSER") == "off":
                item.add_marker(pytest.mark.skip(reason="BROWSER=off"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of the session."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hash passwords quickly: how slow the real one is has nothing to do with pages."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture
def new_visitor(chromium: Browser, live_server: LiveServer, settings: Any) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; each leaves at the end and complains about what the browser reported."""
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.ACCOUNT_RATE_LIMITS, settings.PUBLIC_URL = False, live_server.url
    visitors: list[Visitor] = []

    def make(*, javascript: bool = True) -> Visitor:
        visitors.append(Visitor(chromium, base_url=live_server.url, javascript=javascript))
        return visitors[-1]

    yield make
    complaints: list[str] = []
    for visitor in visitors:
        try:
            visitor.leave()
        except AssertionError as error:
            complaints.append(str(error))
    wait_until_nothing_is_answered()
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


def wait_until_nothing_is_answered() -> None:
    """Wait for the server's threads: what a browser sent as it left is still answered while tables are emptied."""
    end = time.monotonic() + SECONDS
    while any("process_request_thread" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < end, "The server still answers requests of browsers that left."
        time.sleep(0.01)


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor]) -> Visitor:
    """A visitor with JavaScript."""
    return new_visitor()


@pytest.fixture
def visitor_without_javascript(new_visitor: Callable[..., Visitor]) -> Visitor:
    """A visitor whose browser runs no script."""
    return new_visitor(javascript=False)


@pytest.fixture
def new_person(transactional_db: None) -> Callable[..., User]:
    """Make people with a confirmed address and the password PASSWORD."""

    def make(email: str = "ada@example.com", *, name: str = "Ada Example", **fields: Any) -> User:
        user = User.objects.create_user(email, PASSWORD, name=name, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    return make


@pytest.fixture
def person(new_person: Callable[..., User]) -> User:
    """Somebody with an account and nothing else."""
    return new_person()
