"""The check for a changelog of the recipe in docs/recipes.md. Runs in a copy that has it."""

from __future__ import annotations

from pathlib import Path

from validator.checks.changelog import check

from tests.validator.checks.conftest import Run, rules, run
from validator.checks import CHECKS
from validator.report import checks_page

__all__ = ["run"]


def test_a_repository_with_a_changelog_passes(run: Run) -> None:
    assert rules(run(check, {"CHANGELOG.md": "# 1.0.0\n"})) == []


def test_a_repository_without_one_is_told(run: Run) -> None:
    assert rules(run(check, {"README.md": "# A\n"})) == ["changelog-missing"]


def test_the_report_and_the_documentation_have_it() -> None:
    assert check in CHECKS
    assert "changelog-missing" in checks_page.page()
    assert Path("docs/checks.md").read_text(encoding="utf-8") == checks_page.page()
