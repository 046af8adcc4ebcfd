"""The page about the checks says what the checks say."""

from __future__ import annotations

import pytest

from tests.root import ROOT
from validator.checks import CHECKS
from validator.report import checks_page

PAGE = ROOT / "docs" / "checks.md"


def test_page_in_the_documentation_is_the_one_that_the_checks_make() -> None:
    made = checks_page.page()

    assert PAGE.read_text(encoding="utf-8") == made, "run: python -m validator.report.checks_page > docs/checks.md"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_is_documented_with_all_its_rules(check: object) -> None:
    text = checks_page.page()
    first, found = checks_page.sections(type(check).__doc__ or "")

    assert first.endswith(".")
    assert all(f"`{rule.id}`" in text for rule in check.rules)  # type: ignore[attr-defined]
    assert all(body.endswith((".", "`")) for body in found.values())


def test_ids_of_checks_and_rules_are_unique() -> None:
    rules = [rule.id for check in CHECKS for rule in check.rules]

    assert len(rules) == len(set(rules))
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def test_every_rule_says_why_and_how_to_fix() -> None:
    for rule in (rule for check in CHECKS for rule in check.rules):
        assert rule.title
        assert rule.why
        assert rule.fix


@pytest.mark.parametrize("docstring", ["", "Do it.", "Do it.\n\nWhat: a\n\nWhy: b\n\nLevel: c"])
def test_docstring_without_a_section_is_an_error(docstring: str) -> None:
    with pytest.raises(checks_page.UndocumentedError):
        checks_page.sections(docstring)
