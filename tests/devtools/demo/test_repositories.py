from __future__ import annotations

from pathlib import Path

import pytest

from devtools.demo import repositories
from tests.repositories import git
from validator import pipeline
from validator.report import entries
from validator.results import EngineSettings, Level, Outcome, Report


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    repositories.make(folder)
    return folder


def validate(mirror: Path, tmp_path: Path, name: str, tag: str) -> Report:
    settings = EngineSettings(
        checkout_dir=tmp_path / "checkouts", url_rewrites={repositories.PUBLIC_PREFIX: f"{mirror.as_uri()}/"}
    )
    return pipeline.validate(repositories.url_of(name), tag, certification=True, settings=settings)


@pytest.mark.parametrize("name", ["payment-connector", "shipping-connector"])
@pytest.mark.parametrize("tag", ["1.0.0", "1.1.0"])
def test_a_good_connector_passes_every_required_check(mirror: Path, tmp_path: Path, name: str, tag: str) -> None:
    report = validate(mirror, tmp_path, name, tag)

    unfit = [r for r in report.results if r.level is Level.REQUIRED and r.outcome is not Outcome.PASSED]
    assert not unfit
    assert not [e for e in entries.from_report(report) if e["type"] == "Error"]
    assert report.passed


def test_the_invalid_connector_fails_with_line_and_reason(mirror: Path, tmp_path: Path) -> None:
    report = validate(mirror, tmp_path, "loyalty-connector", "1.0.0")

    errors = [e["message"] or "" for e in entries.from_report(report) if e["type"] == "Error"]
    assert not report.passed
    assert any("line 7, column 22" in text and '"servise"' in text for text in errors)


def test_the_secret_is_found_and_not_shown(mirror: Path, tmp_path: Path) -> None:
    report = validate(mirror, tmp_path, "newsletter-connector", "1.0.0")

    shown = str(entries.from_report(report))
    assert not report.passed
    assert "mailer/src/letters.js" in shown
    assert repositories.planted_secret() not in str(report)


def test_the_second_tag_changes_connect_yaml(mirror: Path) -> None:
    changed = git(mirror / "payment-connector.git", "diff", "--name-only", "1.0.0", "1.1.0").split()

    assert "connect.yaml" in changed
    assert "processor/src/payments.ts" in changed
    assert "order-sync/src/messages.ts" not in changed


def test_every_machine_has_the_same_commits(mirror: Path, tmp_path: Path) -> None:
    repositories.make(tmp_path)

    for name in ("payment-connector.git", "newsletter-connector.git"):
        assert git(tmp_path / name, "rev-parse", "1.0.0") == git(mirror / name, "rev-parse", "1.0.0")


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    repositories.make(tmp_path)
    git(tmp_path / "payment-connector.git", "tag", "2.0.0", "1.1.0")

    repositories.make(tmp_path)

    assert "2.0.0" in git(tmp_path / "payment-connector.git", "tag")
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".git")] == []


def test_no_file_of_ours_holds_the_secret() -> None:
    files = [path for path in repositories.SOURCES.rglob("*") if path.is_file()]

    assert files
    assert not [path for path in files if repositories.planted_secret() in path.read_text(encoding="utf-8")]
