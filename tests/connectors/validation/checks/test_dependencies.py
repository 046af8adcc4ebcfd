"""Dependencies: vulnerable packages, missing lock files, and what an absent source of advisories means."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any

import pytest

from connectors.validation.checks.dependencies import check
from connectors.validation.results import EngineSettings, Level, Outcome, Severity
from tests.connectors.validation.checks.conftest import POINTER, Run, only, rules
from tests.connectors.validation.osv import Service, record, serving

MANIFEST = json.dumps({"name": "app", "dependencies": {"left-right": "^1.0.0"}})


def lock(*packages: tuple[str, str], **more: Any) -> str:
    """Return a package-lock.json with these (name, version) packages."""
    rows = {f"node_modules/{name}": {"version": version, **more} for name, version in packages}
    return json.dumps({"lockfileVersion": 3, "packages": rows}, indent=1)


def database(folder: Path, *records: dict[str, Any]) -> EngineSettings:
    """Write an offline database (never empty) and return settings that use it."""
    for row in (*records, record("GHSA-0", "nobody-uses-this")):
        ecosystem = row["affected"][0]["package"]["ecosystem"]
        (folder / "osv" / ecosystem).mkdir(parents=True, exist_ok=True)
        (folder / "osv" / ecosystem / f"{row['id']}.json").write_text(json.dumps(row))
    return EngineSettings(checkout_dir=folder / "work", osv_folder=folder / "osv")


def test_vulnerable_package_fails_and_names_the_fixed_version(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right", fixed="1.5.0", aliases=["CVE-1"]))
    files = {"app/package.json": MANIFEST, "app/package-lock.json": lock(("other", "1.0.0"), ("left-right", "1.2.0"))}

    result = run(check, files, settings=settings, app="service")

    finding = only(result)
    assert (finding.rule, finding.advisory, finding.package) == ("dependency-high", "GHSA-1", "pkg:npm/left-right")
    assert (finding.path, finding.line, finding.application) == ("app/package-lock.json", 7, "app")
    assert finding.fix == "Update left-right to 1.5.0 or later."
    assert "CVE-1" in finding.message
    assert (result.outcome, result.tool) == (Outcome.FAILED, "OSV folder")


@pytest.mark.parametrize(
    ("ecosystem", "name", "path", "content"),
    [
        ("npm", "left-right", "app/package-lock.json", lock(("left-right", "1.2.0"))),
        ("PyPI", "left-right", "app/requirements.txt", "# pinned\nLeft_Right==1.2.0\n"),
        (
            "Maven",
            "g:a",
            "app/pom.xml",
            "<project><properties><v>1.2.0</v></properties><dependencies><dependency>\n"
            "<groupId>g</groupId><artifactId>a</artifactId><version>${v}</version>"
            "</dependency></dependencies></project>",
        ),
        (
            "Packagist",
            "acme/left",
            "app/composer.lock",
            '{"packages": [\n{"name": "Acme/Left", "version": "v1.2.0"}], "packages-dev": []}',
        ),
    ],
)
def test_each_ecosystem_is_matched_with_severity_fixed_version_and_line(
    run: Run, tmp_path: Path, ecosystem: str, name: str, path: str, content: str
) -> None:
    settings = database(tmp_path, record("GHSA-1", name, ecosystem=ecosystem, fixed="1.2.3"))

    result = run(check, {path: content}, settings=settings, app="service")

    finding = next(finding for finding in result.findings if finding.rule == "dependency-high")
    assert (finding.advisory, finding.severity, finding.path) == ("GHSA-1", Severity.ERROR, path)
    assert finding.line == (4 if ecosystem == "npm" else 2)
    assert finding.fix == f"Update {name} to 1.2.3 or later."
    assert result.outcome is Outcome.FAILED


def test_sound_package_passes(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right", fixed="1.5.0"))

    result = run(
        check, {"package.json": MANIFEST, "package-lock.json": lock(("left-right", "1.5.0"))}, settings=settings
    )

    assert (result.findings, result.outcome) == ((), Outcome.PASSED)


@pytest.mark.parametrize(
    ("severity", "development", "shown"),
    [
        ("CRITICAL", False, Severity.ERROR),
        ("HIGH", False, Severity.ERROR),
        ("MODERATE", False, Severity.WARNING),
        ("LOW", False, Severity.NOTE),
        (None, False, Severity.WARNING),
        ("CRITICAL", True, Severity.WARNING),
        ("MODERATE", True, Severity.NOTE),
    ],
)
def test_severity_of_the_advisory_decides(
    run: Run, tmp_path: Path, severity: str | None, development: bool, shown: Severity
) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right", severity=severity))

    result = run(check, {"package-lock.json": lock(("left-right", "1.0.0"), dev=development)}, settings=settings)

    assert only(result).severity is shown


def test_malicious_package_is_an_error_even_for_development(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("MAL-2026-1", "left-right", severity=None))

    result = run(check, {"package-lock.json": lock(("left-right", "1.0.0"), dev=True)}, settings=settings)

    assert (only(result).rule, result.outcome) == ("dependency-malicious", Outcome.FAILED)


def test_update_to_another_vulnerable_version_is_the_same_finding(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right"))

    first = run(check, {"package-lock.json": lock(("left-right", "1.0.0"))}, settings=settings)
    second = run(check, {"package-lock.json": lock(("a", "1.0.0"), ("left-right", "1.1.0"))}, settings=settings)

    assert first.findings[0].fingerprint == second.findings[0].fingerprint


def test_no_source_at_all_is_advisory_and_still_tells_about_lock_files(run: Run) -> None:
    result = run(check, {"app/package.json": MANIFEST}, app="service")

    assert (result.outcome, result.level) == (Outcome.DID_NOT_RUN, Level.ADVISORY)
    assert "No advisory source is configured" in result.detail
    assert rules(result) == ["dependency-lock-missing"]


@pytest.mark.parametrize("settings", [{"osv_api_url": "http://127.0.0.1:9"}, {"osv_folder": Path("/nonexistent/osv")}])
def test_source_that_does_not_answer_did_not_run_and_is_required(
    run: Run, tmp_path: Path, settings: dict[str, Any]
) -> None:
    configured = EngineSettings(checkout_dir=tmp_path / "work", **settings)

    result = run(check, {"package-lock.json": lock(("left-right", "1.0.0"))}, settings=configured, seconds=5)

    assert (result.outcome, result.level) == (Outcome.DID_NOT_RUN, Level.REQUIRED)


def test_folder_answers_when_the_service_does_not(run: Run, tmp_path: Path) -> None:
    offline = database(tmp_path, record("GHSA-1", "left-right"))
    settings = EngineSettings(offline.checkout_dir, osv_api_url="http://127.0.0.1:9", osv_folder=offline.osv_folder)

    result = run(check, {"package-lock.json": lock(("left-right", "1.0.0"))}, settings=settings)

    assert rules(result) == ["dependency-high"]


def test_service_is_asked_once_for_all_lock_files(run: Run, tmp_path: Path) -> None:
    files = {f"{name}/package-lock.json": lock(("left-right", "1.0.0"), (name, "1.0.0")) for name in ("one", "two")}

    with serving(Service(record("GHSA-1", "left-right"))) as service:
        settings = EngineSettings(checkout_dir=tmp_path / "work", osv_api_url=service.url)
        result = run(check, files, settings=settings)

    assert service.batches == [3]
    assert [finding.path for finding in result.findings] == ["one/package-lock.json", "two/package-lock.json"]


def test_repository_without_packages_passes_without_asking(run: Run, tmp_path: Path) -> None:
    settings = EngineSettings(checkout_dir=tmp_path / "work", osv_api_url="http://127.0.0.1:9")

    result = run(check, {"service/package.json": '{"name": "service"}', "README.md": "x"}, settings=settings)

    assert (result.outcome, result.findings) == (Outcome.PASSED, ())


@pytest.mark.parametrize(
    "files",
    [
        {"app/package.json": MANIFEST},
        {"app/composer.json": '{"require": {"php": ">=8", "a/b": "^1"}}'},
        {"app/pyproject.toml": '[project]\nname = "x"\ndependencies = ["flask"]\n'},
        {"app/pyproject.toml": '[tool.poetry.dependencies]\npython = "^3"\nflask = "*"\n'},
        {"app/Pipfile": '[packages]\nflask = "*"\n'},
    ],
)
def test_manifest_with_dependencies_and_no_lock_file_fails(run: Run, tmp_path: Path, files: dict[str, str]) -> None:
    result = run(check, files, settings=database(tmp_path), app="service")

    assert (only(result).rule, result.outcome) == ("dependency-lock-missing", Outcome.FAILED)


@pytest.mark.parametrize(
    "files",
    [
        {"app/package.json": MANIFEST, "app/yarn.lock": "# yarn lockfile v1\n"},
        {"app/package.json": MANIFEST, "package-lock.json": lock()},
        {"app/package.json": '{"name": "x"}'},
        {"app/composer.json": '{"require": {"php": ">=8", "ext-json": "*"}}'},
        {"app/pyproject.toml": '[project]\ndependencies = ["flask"]\n', "app/requirements.txt": ""},
        {"app/pyproject.toml": "[tool.ruff]\n"},
        {"app/tests/package.json": MANIFEST, "docs/package.json": MANIFEST},
        {"app/build.gradle": "plugins { id 'java' }"},
    ],
)
def test_manifest_with_lock_file_or_without_dependencies_stays_silent(
    run: Run, tmp_path: Path, files: dict[str, str]
) -> None:
    result = run(check, files, settings=database(tmp_path), app="service")

    assert rules(result) == []


def test_lock_file_missing_outside_of_an_application_is_a_warning(run: Run, tmp_path: Path) -> None:
    result = run(
        check, {"app/index.js": "", "tools/package.json": MANIFEST}, settings=database(tmp_path), app="service"
    )

    assert only(result).severity is Severity.WARNING


def test_lock_file_that_cannot_be_read_fails(run: Run, tmp_path: Path) -> None:
    result = run(check, {"package-lock.json": "{"}, settings=database(tmp_path))

    assert (only(result).rule, result.outcome) == ("dependency-lock-invalid", Outcome.FAILED)


def test_requirements_without_exact_versions_and_from_elsewhere_warn(run: Run, tmp_path: Path) -> None:
    content = "-i http://127.0.0.1/packages\nflask\nb @ git+https://user:word@host.example/b\n./\n-e .\n"
    settings = database(tmp_path, record("GHSA-1", "x", ecosystem="PyPI"))

    result = run(check, {"requirements.txt": content}, settings=settings)

    assert [(row.rule, row.line) for row in result.findings] == [
        ("dependency-not-pinned", 2),
        ("dependency-source", 3),
    ]
    assert not any("word" in row.message for row in result.findings)


def test_committed_packages_warn_once_and_are_not_read(run: Run, tmp_path: Path) -> None:
    files = {f"app/node_modules/p{n}/package.json": MANIFEST for n in range(5)}

    result = run(check, {**files, "app/vendor/a/composer.lock": "{"}, settings=database(tmp_path), app="service")

    assert sorted(finding.path or "" for finding in result.findings) == ["app/node_modules/", "app/vendor/"]


def test_direct_dependencies_of_maven_are_compared_and_the_limit_is_said(run: Run, tmp_path: Path) -> None:
    pom = (
        "<project><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId>"
        "<version>1.0</version></dependency></dependencies></project>"
    )
    settings = database(tmp_path, record("GHSA-1", "g:a", ecosystem="Maven", fixed="1.1"))

    result = run(check, {"app/pom.xml": pom}, settings=settings)

    assert sorted(rules(result)) == ["dependency-direct-only", "dependency-high"]


def test_lock_file_that_is_a_link_inside_the_repository_is_read(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right", fixed="1.5.0"))
    files = {
        "app/package.json": MANIFEST,
        "app/package-lock.json": PurePath("../locks/app.json"),
        "locks/app.json": lock(("left-right", "1.2.0")),
    }

    finding = only(run(check, files, settings=settings, app="service"))

    assert (finding.rule, finding.path) == ("dependency-high", "app/package-lock.json")


@pytest.mark.parametrize("target", ["../../package-lock.json", "/etc/hostname", "nothing"])
def test_lock_file_that_is_another_link_is_not_called_missing(run: Run, target: str) -> None:
    finding = run(
        check, {"app/package.json": MANIFEST, "app/package-lock.json": PurePath(target)}, app="service"
    ).findings[0]

    assert finding.rule == "dependency-lock-missing"
    assert "app/package-lock.json is a symbolic link to " in finding.message


def test_lock_file_that_is_a_pointer_of_git_lfs_says_so(run: Run) -> None:
    finding = run(check, {"app/package.json": MANIFEST, "app/package-lock.json": POINTER}, app="service").findings[0]

    assert (finding.rule, "Git LFS" in finding.message) == ("dependency-lock-invalid", True)
