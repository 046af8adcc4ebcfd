"""Applications: folders and toolchains of every kind, present and missing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path, PurePath

import pytest

from tests.validator.checks.conftest import POINTER, Run, only, rules
from validator.checks.applications import check
from validator.results import Outcome, Severity

PACKAGE = json.dumps({"name": "x", "scripts": {"start": "node index.js"}})
KIT = json.dumps({"name": "x", "dependencies": {"@commercetools-frontend/application-shell": "23.0.0"}})


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("service", {"app/package.json": PACKAGE}),
        ("event", {"app/package.json": "{}", "app/index.js": ""}),
        ("job", {"app/package.json": '{"main": "./build/run.js"}', "app/build/run.js": ""}),
        ("service", {"app/requirements.txt": "flask==3.0\n"}),
        ("service", {"app/pyproject.toml": "[project]\n"}),
        ("service", {"app/pom.xml": "<project/>"}),
        ("service", {"app/build.gradle.kts": ""}),
        ("service", {"app/composer.json": "{}"}),
        ("assets", {"app/public/index.html": "<p>"}),
        ("assets", {"app/package.json": "{}"}),
        ("merchant-center-custom-application", {"app/package.json": KIT, "app/custom-application-config.mjs": ""}),
        ("merchant-center-custom-view", {"app/package.json": KIT, "app/custom-view-config.json": "{}"}),
    ],
)
def test_application_with_folder_and_toolchain_stays_silent(run: Run, kind: str, files: dict[str, str]) -> None:
    result = run(check, files, app=kind)

    assert rules(result) == []
    assert result.outcome is Outcome.PASSED


def test_missing_folder_fails_and_names_the_application(run: Run) -> None:
    result = run(check, {"one/package.json": PACKAGE, "README.md": "x"}, one="service", two="event")

    finding = only(result)
    assert (finding.rule, finding.application) == ("application-folder-missing", "two")
    assert result.outcome is Outcome.FAILED


def test_one_folder_left_over_is_taken_with_a_warning(run: Run) -> None:
    result = run(check, {"service/package.json": PACKAGE}, app_1="service")

    assert rules(result) == ["application-folder-name"]
    assert result.outcome is Outcome.PASSED


def test_two_folders_left_over_are_not_guessed(run: Run) -> None:
    result = run(check, {"a/package.json": PACKAGE, "b/package.json": PACKAGE}, app="service")

    assert rules(result)[0] == "application-folder-missing"
    assert result.outcome is Outcome.FAILED


def test_folder_that_is_a_link_warns_and_no_other_is_taken_for_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "two").symlink_to("one")

    result = run(check, {"one/package.json": PACKAGE, "three/package.json": PACKAGE}, one="service", two="event")

    assert rules(result) == ["application-folder-link", "application-not-declared"]
    assert result.outcome is Outcome.PASSED


def test_folder_without_known_manifest_fails(run: Run) -> None:
    result = run(check, {"app/main.rb": ""}, app="service")

    assert rules(result) == ["application-toolchain"]
    assert result.outcome is Outcome.FAILED


@pytest.mark.parametrize("content", ["{", "[]", "null", "[" * 100_000, b"\xff\xfe{"])
def test_manifest_that_is_no_object_fails(run: Run, content: str | bytes) -> None:
    result = run(check, {"app/package.json": content}, app="service")

    assert rules(result) == ["application-manifest"]
    assert result.outcome is Outcome.FAILED


def test_package_without_start_script_or_entry_file_warns(run: Run) -> None:
    result = run(check, {"app/package.json": "{}", "app/src/index.ts": ""}, app="service")

    assert rules(result) == ["application-start"]
    assert result.outcome is Outcome.PASSED


def test_plain_package_is_no_merchant_center_application(run: Run) -> None:
    result = run(check, {"app/package.json": PACKAGE}, app="merchant-center-custom-application")

    assert rules(result) == ["application-merchant-center"]
    assert "custom-application-config" in only(result).message


def test_folder_that_is_no_application_is_a_note(run: Run) -> None:
    result = run(check, {"app/package.json": PACKAGE, "forgotten/package.json": PACKAGE, "tests/x.js": ""}, app="event")

    assert only(result).path == "forgotten/package.json"
    assert result.outcome is Outcome.PASSED


def test_without_a_valid_specification_it_did_not_run(run: Run) -> None:
    result = run(check, {"app/package.json": PACKAGE}, valid=False)

    assert result.outcome is Outcome.DID_NOT_RUN
    assert "connect.yaml" in result.detail


@pytest.mark.parametrize("target", ["../one", "/srv/one", "nothing", "app", "."])
def test_folder_that_is_a_link_out_of_the_commit_fails(run: Run, target: str) -> None:
    finding = only(run(check, {"app": PurePath(target)}, app="service"))

    assert (finding.rule, finding.severity) == ("application-folder-link", Severity.ERROR)


def test_application_that_is_a_submodule_says_so_and_no_other_folder_is_taken_for_it(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "-C", root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},app"], check=True)

    result = run(check, {"other/package.json": PACKAGE}, app="service")

    assert rules(result) == ["application-folder-submodule", "application-not-declared"]
    assert "submodule" in result.findings[0].message


def test_manifest_that_is_a_link_inside_the_repository_is_read(run: Run) -> None:
    assert (
        rules(run(check, {"app/package.json": PurePath("../shared.json"), "shared.json": PACKAGE}, app="service")) == []
    )


@pytest.mark.parametrize("target", ["../../package.json", "/etc/package.json", "nothing.json"])
def test_manifest_that_is_another_link_says_so(run: Run, target: str) -> None:
    finding = only(run(check, {"app/package.json": PurePath(target)}, app="service"))

    assert (finding.rule, "app/package.json is a symbolic link" in finding.message) == ("application-toolchain", True)


def test_manifest_that_is_a_pointer_of_git_lfs_says_so(run: Run) -> None:
    finding = only(run(check, {"app/package.json": POINTER}, app="service"))

    assert (finding.rule, "Git LFS" in finding.message) == ("application-manifest", True)


def test_folder_that_a_link_leads_to_is_looked_into(run: Run) -> None:
    files = {"app": PurePath("packages/app"), "packages/app/package.json": "{"}

    assert rules(run(check, files, app="service")) == ["application-manifest", "application-folder-link"]
