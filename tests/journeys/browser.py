"""A visitor with a real browser: opens pages in every theme and width, and notices what went wrong.

A visit fails on any console error, Content-Security-Policy violation, script error or failed request, even
when the test itself does not look. Pages keep their policy: axe is put in through the DevTools protocol,
which the policy does not reach.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright, Response

from accounts.models import User
from tests.root import ROOT

RESULTS = ROOT / "test-results"
AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WIDE = {"width": 1280, "height": 860}
NARROW = {"width": 390, "height": 844}
LOOKS: dict[str, tuple[Any, dict[str, int]]] = {
    "light": ("light", WIDE),
    "dark": ("dark", WIDE),
    "narrow": ("light", NARROW),
    "narrow-dark": ("dark", NARROW),
}
"""A name for the system's color scheme and the window's size. BROWSER_LOOKS names those that are used."""
if "BROWSER_LOOKS" in os.environ:
    LOOKS = {name: LOOKS[name] for name in os.environ["BROWSER_LOOKS"].split(",")}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Without its preloading, in which axe writes style elements that the page's policy rightly blocks.
RUN_AXE = """async ([tags, without]) => {
  const off = Object.fromEntries(without.map((rule) => [rule, {enabled: false}]))
  const result = await axe.run(document, {runOnly: {type: 'tag', values: tags}, rules: off, preload: false})
  return result.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`))
}"""
SECONDS = float(os.environ.get("BROWSER_SECONDS", "15"))


def find_chromium() -> str:
    """Return the browser's path: from CHROMIUM, the system's place, or PATH. Fails the test when there is none."""
    candidates = [os.environ.get("CHROMIUM"), "/usr/bin/chromium", shutil.which("chromium")]
    for path in candidates:
        if path and os.access(path, os.X_OK):
            return path
    pytest.fail(
        "No Chromium found. Install the system's package (Debian: apt-get install chromium), name another one with "
        "CHROMIUM=/path, or leave the browser's tests out with BROWSER=off.",
        pytrace=False,
    )


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium without a window."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)


class Visitor:
    """One person with one browser window, cookies of their own, and a notebook of what went wrong."""

    def __init__(self, browser: Browser, *, base_url: str, javascript: bool = True) -> None:
        self.base_url = base_url
        self.problems: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self.context: BrowserContext = browser.new_context(
            base_url=base_url,
            viewport=WIDE,
            color_scheme="light",
            reduced_motion="reduce",
            java_script_enabled=javascript,
            locale="en-US",
            timezone_id="UTC",
        )
        self.context.set_default_timeout(SECONDS * 1000)
        self.page: Page = self.context.new_page()
        # One for the whole visit: the end of any session takes a virtual authenticator with it.
        self.devtools: CDPSession = self.context.new_cdp_session(self.page)
        self.page.on("console", lambda message: self._note(message.type, message.text, message.location.get("url", "")))
        self.page.on("pageerror", lambda error: self._note("error", str(error), self.page.url))
        self.page.on("requestfailed", lambda request: self._note_failure(request.url, request.failure or ""))

    # Moving

    def go(self, path: str, *, status: int = 200) -> Self:
        """Open a path of the portal; the answer must have this status."""
        if status >= 400:
            self.expect_problem(rf"status of {status}")
        response: Response | None = self.page.goto(path)
        assert response is not None, f"{path} gave no answer"
        assert response.status == status, f"{path} answered {response.status} instead of {status}"
        return self

    def sign_in(self, email: str, password: str, *, to: str = "/") -> Self:
        """Sign in through the page, as a person does, on the way to a path."""
        self.go(f"/accounts/login/?next={to}")
        self.page.get_by_label("Email", exact=True).fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        return self.press("Sign in", exact=True)

    def press(self, name: str, *, exact: bool = False) -> Self:
        """Press the button of the page's main part that has this name, and wait for the page that follows."""
        button = self.page.get_by_role("main").get_by_role("button", name=name, exact=exact)
        with self.page.expect_navigation():
            button.click()
        return self

    def follow(self, name: str) -> Self:
        """Follow the link of the page's main part that has this name, and wait for the page that follows."""
        link = self.page.get_by_role("main").get_by_role("link", name=name)
        with self.page.expect_navigation():
            link.click()
        return self

    def enter_as(self, user: User) -> Self:
        """Come in already signed in, without the page of the door: for tests about other pages."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        self.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": self.base_url}])
        return self

    # Looking

    def audit(self, name: str, *, without: Sequence[str] = ()) -> Self:
        """Check this page in every theme and width: no axe violation, no sideways scrolling. Save a screenshot of each.

        Where CI is set nobody looks at screenshots, and none is taken.

        `without` names axe rules that somebody else's markup breaks; the test says whose.
        """
        found: dict[str, list[str]] = {}
        self.devtools.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        for look, (scheme, size) in LOOKS.items():
            self.page.emulate_media(color_scheme=scheme)
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            # Where a click left the page, its header may lie over a button, which axe takes for a small one.
            self.page.evaluate("window.scrollTo(0, 0)")
            if "CI" not in os.environ:
                self.screenshot(f"{name}-{look}")
            violations = self.page.evaluate(RUN_AXE, [RULES, list(without)])
            if self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                violations.append("the page scrolls sideways")
            for violation in violations:
                found.setdefault(violation, []).append(look)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        lines = [f"{violation} [{', '.join(looks)}]" for violation, looks in found.items()]
        assert not found, f"{self.page.url}\n" + "\n".join(lines)
        return self

    def screenshot(self, name: str) -> Path:
        """Keep the whole page as test-results/NAME.png and return the path."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    # Noticing

    def expect_problem(self, pattern: str) -> Self:
        """Say beforehand which problem (a regular expression) belongs to the test."""
        self._expected.append(re.compile(pattern))
        return self

    def leave(self) -> None:
        """Close the window and fail on anything unexpected that the browser reported."""
        self.context.close()
        unexpected = [text for text in self.problems if not any(p.search(text) for p in self._expected)]
        assert not unexpected, "The browser reported:\n" + "\n".join(unexpected)

    def _note(self, kind: str, text: str, url: str) -> None:
        if kind in {"error", "warning"}:
            self.problems.append(f"{kind}: {text} ({url})")

    def _note_failure(self, url: str, reason: str) -> None:
        # A request is aborted when the page is left while it runs, or when it turns out to be a download.
        if "ERR_ABORTED" not in reason:
            self.problems.append(f"request failed: {url} {reason}")
