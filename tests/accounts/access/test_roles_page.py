"""The page about roles is what the table says."""

from __future__ import annotations

from accounts.access import roles_page
from accounts.roles import PORTAL, PROJECT
from tests.root import ROOT

PAGE = ROOT / "docs" / "roles.md"


def test_the_page_in_docs_is_made_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == roles_page.document()


def test_every_action_is_explained_and_nothing_else() -> None:
    assert set(roles_page.MEANINGS) == {*PORTAL, *PROJECT}
