"""From address and tag to a report."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.validator.checks.conftest import POINTER
from tests.validator.conftest import URL
from tests.validator.repositories import CONNECT_YAML, FILES, Repository, Row
from validator import pipeline, steps
from validator.findings import DidNotRun
from validator.process import StoppedError
from validator.report import entries
from validator.results import CheckResult, EngineSettings, Level, Outcome, Report
from validator.source.folder import FolderTree


def validated(settings: EngineSettings, *, tag: str = "1.0.0", only_specification: bool = True) -> Report:
    return pipeline.validate(URL, tag, certification=False, settings=settings, only_specification=only_specification)


def result(report: Report, check: str) -> CheckResult:
    return next(result for result in report.results if result.check == check)


def test_a_report_is_of_one_commit_with_everything_that_decided_it(
    repository: Repository, local: EngineSettings
) -> None:
    commit = repository.release()
    told: list[tuple[str, Outcome | None]] = []

    report = pipeline.validate(
        URL,
        "1.0.0",
        certification=True,
        settings=local,
        progress=lambda check, outcome, seconds: told.append((check, outcome)),
    )

    assert (report.commit, report.tag) == (commit, "1.0.0")
    assert report.tree == repository.git("rev-parse", f"{commit}^{{tree}}")
    assert len(report.rule_pack) == 64
    assert report.tools["git"][0].isdigit()
    assert [row.check for row in report.results] == list(pipeline.planned())
    assert [check for check, outcome in told if outcome is None] == list(pipeline.planned())
    assert result(report, steps.REPOSITORY).outcome is Outcome.PASSED
    assert result(report, steps.SPECIFICATION).outcome is Outcome.PASSED
    assert list(local.checkout_dir.iterdir()) == []


def test_reading_only_connect_yaml_runs_no_other_check(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    report = validated(local)

    assert [row.check for row in report.results] == [steps.REPOSITORY, steps.SPECIFICATION]
    assert report.passed
    assert report.specification is not None
    assert [row["applicationName"] for row in report.specification.configurations] == ["service"]


def test_a_repository_that_cannot_be_read_is_a_failed_check(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    report = validated(local, tag="2.0.0", only_specification=False)

    assert not report.passed
    assert report.commit is None
    assert [(row.check, row.outcome) for row in report.results] == [(steps.REPOSITORY, Outcome.FAILED)]
    finding = report.results[0].findings[0]
    assert finding.rule == "repository-tag-missing"
    assert finding.fix
    assert finding.fingerprint


def test_a_fault_of_the_server_did_not_run_instead_of_failing(
    repository: Repository, local: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.release()
    monkeypatch.setenv("PATH", "/nonexistent")

    report = validated(local)

    assert not report.passed
    assert [(row.check, row.outcome) for row in report.results] == [(steps.REPOSITORY, Outcome.DID_NOT_RUN)]


def test_a_missing_connect_yaml_is_a_finding(repository: Repository, local: EngineSettings) -> None:
    repository.release({path: data for path, data in FILES.items() if path != "connect.yaml"})

    findings = result(validated(local), steps.SPECIFICATION).findings

    assert [finding.rule for finding in findings] == [steps.MISSING.id]


@pytest.mark.parametrize("kind", ["link", "folder", "submodule"])
def test_a_connect_yaml_that_is_no_regular_file_is_not_read(
    repository: Repository, local: EngineSettings, kind: str
) -> None:
    row = {
        "link": Row("120000", repository.blob(b"/etc/passwd"), b"connect.yaml"),
        "folder": Row("40000", repository.files({"x": b"x"}), b"connect.yaml"),
        "submodule": Row("160000", "1" * 40, b"connect.yaml"),
    }[kind]
    repository.release(extra=(row,))

    findings = result(validated(local), steps.SPECIFICATION).findings

    assert [finding.rule for finding in findings] == [steps.NOT_A_FILE.id]
    assert kind in findings[0].message


def test_a_connect_yaml_that_is_a_pointer_of_git_lfs_says_so(repository: Repository, local: EngineSettings) -> None:
    repository.release({**FILES, "connect.yaml": POINTER.encode()})

    findings = result(validated(local), steps.SPECIFICATION).findings

    assert [finding.rule for finding in findings] == [steps.NOT_A_FILE.id]
    assert "Git LFS" in findings[0].message


def test_only_the_exact_name_counts(repository: Repository, local: EngineSettings) -> None:
    wrong = CONNECT_YAML.replace(b"name: service", b"name: wrong")
    repository.release({**FILES, "Connect.yaml": wrong, "CONNECT.YAML": wrong})

    report = validated(local)

    assert report.specification is not None
    assert [application.name for application in report.specification.applications()] == ["service"]


def test_every_problem_of_connect_yaml_is_a_finding_with_its_place(
    repository: Repository, local: EngineSettings
) -> None:
    text = CONNECT_YAML + b"    memory: 1\nversion: 2\n"
    repository.release({**FILES, "connect.yaml": text})

    findings = result(validated(local), steps.SPECIFICATION).findings

    assert [(finding.path, finding.line, finding.column) for finding in findings] == [
        ("connect.yaml", 5, 5),
        ("connect.yaml", 6, 1),
    ]
    assert findings[0].application == "service"
    assert "Expected: " in findings[0].message
    assert len({finding.fingerprint for finding in findings}) == 2


def test_a_connect_yaml_that_is_too_large_is_refused_by_its_size(repository: Repository, local: EngineSettings) -> None:
    repository.release({**FILES, "connect.yaml": CONNECT_YAML + b"#" * 300_000})

    findings = result(validated(local), steps.SPECIFICATION).findings

    assert "too large" in findings[0].message


def test_what_only_certification_asks_for_stops_the_certificate_and_is_advice_otherwise() -> None:
    for check in steps.checks_by_id().values():
        for_all = steps.level_of(check.id, certification=False)
        for_certification = steps.level_of(check.id, certification=True)

        assert for_certification is (Level.CERTIFY if check.certification_only else check.level)
        assert for_all is (Level.ADVISORY if check.certification_only else check.level)


def test_a_stop_ends_the_run_without_a_report(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    with pytest.raises(StoppedError):
        pipeline.validate(URL, "1.0.0", certification=False, settings=local, stop=lambda: True)

    assert list(local.checkout_dir.iterdir()) == []


def test_a_run_without_time_passes_nothing(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    report = validated(replace(local, run_seconds=0.0))

    assert not report.passed


def scanner(script: str, **row: Any) -> dict[str, Any]:
    """Return a row of the setting for a scanner of one line of Python; `target` is the file to write."""
    start = "import json, os, sys; target = sys.argv[2]; "
    argv = [sys.executable, "-I", "-c", start + script, "{source}", "{output}"]
    return {"name": "own", "title": "Own scanner", "argv": argv, **row}


NOTHING_FOUND = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "own"}}, "results": []}]}


def test_a_configured_scanner_is_the_last_check_with_its_own_title(
    repository: Repository, local: EngineSettings
) -> None:
    repository.release()
    told: list[tuple[str, Outcome | None]] = []
    settings = replace(local, scanners=(scanner(f"open(target, 'w').write({json.dumps(NOTHING_FOUND)!r})"),))

    report = pipeline.validate(
        URL,
        "1.0.0",
        certification=False,
        settings=settings,
        progress=lambda check, outcome, seconds: told.append((check, outcome)),
    )

    last = report.results[-1]
    assert (last.check, last.outcome, last.title) == ("own", Outcome.PASSED, "Own scanner"), last.detail
    assert [row.check for row in report.results] == list(pipeline.planned(scanners=settings.scanners))
    assert told[-2:] == [("own", None), ("own", Outcome.PASSED)]
    assert "Own scanner check succeeded" in [entry["title"] for entry in entries.from_report(report)]


def test_a_scanner_for_images_takes_the_place_of_that_check(repository: Repository, local: EngineSettings) -> None:
    repository.release()
    write = f"open(target, 'w').write({json.dumps(NOTHING_FOUND)!r})"
    settings = replace(local, scanners=(scanner("sys.exit(1)"), scanner(write, name="image", title="image")))

    report = pipeline.validate(URL, "1.0.0", certification=False, settings=settings)

    assert [row.check for row in report.results[-2:]] == ["image", "own"]
    assert result(report, "image").outcome is Outcome.PASSED
    assert entries.IMAGE_PASSED in [entry["title"] for entry in entries.from_report(report)]


def test_a_required_scanner_that_did_not_run_stops_the_request(repository: Repository, local: EngineSettings) -> None:
    repository.release()
    settings = replace(local, scanners=(scanner("sys.exit(1)", level="required"),))

    report = pipeline.validate(URL, "1.0.0", certification=False, settings=settings)

    assert (result(report, "own").outcome, result(report, "own").level) == (Outcome.DID_NOT_RUN, Level.REQUIRED)
    assert not report.passed


def test_only_its_scanner_sees_a_variable(
    repository: Repository, local: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.release()
    monkeypatch.setenv("SCANNER_TOKEN", "given")
    write = f"open(target, 'w').write({json.dumps(NOTHING_FOUND)!r})"
    first = scanner(f"assert os.environ['SCANNER_TOKEN'] == 'given'; {write}", environment=["SCANNER_TOKEN"])
    second = scanner(f"assert 'SCANNER_TOKEN' not in os.environ; {write}", name="other")
    settings = replace(local, scanners=(first, second))

    report = pipeline.validate(URL, "1.0.0", certification=False, settings=settings)

    assert [row.outcome for row in report.results[-2:]] == [Outcome.PASSED, Outcome.PASSED]


@dataclass
class Answer:
    """A portal whose scanner answers at once; what it was asked is kept."""

    data: bytes | Exception
    asked: dict[str, Any] = field(default_factory=dict)

    def ask(self, scanner: str, **about: Any) -> bytes:
        self.asked = {"scanner": scanner, **about}
        if isinstance(self.data, Exception):
            raise self.data
        return self.data


WEBHOOK = {"name": "asked", "webhook": "https://scanner.example/", "timeout": 30, "level": "required"}


def test_a_webhook_is_asked_for_the_commit_and_its_answer_is_read(
    repository: Repository, local: EngineSettings
) -> None:
    commit = repository.release()
    place = {"physicalLocation": {"artifactLocation": {"uri": "service/index.js"}, "region": {"startLine": 1}}}
    finding = {"ruleId": "R", "level": "error", "message": {"text": "No."}, "locations": [place]}
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [finding]}]}
    portal = Answer(json.dumps(log).encode())
    settings = replace(local, scanners=(WEBHOOK,), deliveries=portal)

    report = pipeline.validate(URL, "1.0.0", certification=False, settings=settings)

    assert portal.asked["scanner"] == "asked"
    assert (portal.asked["url"], portal.asked["tag"], portal.asked["commit"]) == (URL, "1.0.0", commit)
    assert 0 < portal.asked["seconds"] <= 30
    found = result(report, "asked")
    assert (found.outcome, found.level) == (Outcome.FAILED, Level.REQUIRED)
    assert (found.findings[0].rule, found.findings[0].application) == ("asked/R", "service")
    assert found.findings[0].snippet == "export const add = (a, b) => a + b;"


@pytest.mark.parametrize("answer", [DidNotRun("The scanner was silent."), b"{", RuntimeError("broken")])
def test_a_webhook_without_a_good_answer_did_not_run(
    repository: Repository, local: EngineSettings, answer: bytes | Exception
) -> None:
    repository.release()
    settings = replace(local, scanners=(WEBHOOK,), deliveries=Answer(answer))

    report = pipeline.validate(URL, "1.0.0", certification=False, settings=settings)

    assert result(report, "asked").outcome is Outcome.DID_NOT_RUN
    assert result(report, "asked").detail.endswith(".")


def test_a_stop_while_a_webhook_is_waited_for_ends_the_run(repository: Repository, local: EngineSettings) -> None:
    repository.release()
    settings = replace(local, scanners=(WEBHOOK,), deliveries=Answer(StoppedError()))

    with pytest.raises(StoppedError):
        pipeline.validate(URL, "1.0.0", certification=False, settings=settings)


def test_without_a_portal_a_webhook_did_not_run(repository: Repository, local: EngineSettings) -> None:
    repository.release()

    report = pipeline.validate(URL, "1.0.0", certification=False, settings=replace(local, scanners=(WEBHOOK,)))

    assert "portal" in result(report, "asked").detail


def test_files_that_are_here_get_the_same_checks(tmp_path: Path) -> None:
    for path, data in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)

    report = pipeline.inspect(FolderTree(tmp_path), certification=False, settings=EngineSettings(tmp_path / "work"))

    assert [row.check for row in report.results] == list(pipeline.planned())[1:]
    assert result(report, steps.SPECIFICATION).outcome is Outcome.PASSED
    assert report.commit is None
