"""The page of the limits is what the tables say."""

from __future__ import annotations

from allauth.account import app_settings

from accounts.access import allauth_rate_limits
from accounts.limits.table import LIMITS
from devtools import limits_page
from tests.root import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")


def test_the_page_in_docs_is_made_from_the_tables() -> None:
    assert limits_page.page() == PAGE, "run: python -m devtools.limits_page > docs/limits.md"


def test_every_limit_has_a_name_of_its_own_and_a_reason() -> None:
    assert len({limit.name for limit in LIMITS}) == len(LIMITS)
    assert all(limit.what and limit.reason for limit in LIMITS)


def test_every_page_that_the_library_limits_is_listed() -> None:
    listed = set(limits_page.LIBRARY)

    assert {*allauth_rate_limits.ACTIONS.values(), allauth_rate_limits.FAILED_LOGIN} <= listed
    offered = {name for name, rates in app_settings.RATE_LIMITS.items() if rates}
    assert offered - listed == {"change_phone", "verify_phone", "request_login_code"}, "what the portal does not offer"
