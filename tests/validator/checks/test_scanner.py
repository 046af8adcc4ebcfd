"""Configured scanners: small programs in a temporary folder that do their work, or fail in every way there is."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.validator.checks.conftest import Run, only, rules
from validator import scanners
from validator.checks import image
from validator.checks.scanner import ScannerCheck
from validator.isolation import choice
from validator.results import CheckResult, EngineSettings, Level, Outcome, Severity

FILES = {"service/index.js": "const one = 1;\neval(one);\n"}


def log(*results: dict[str, Any], **run: Any) -> dict[str, Any]:
    tool = {"driver": {"name": "fake"}}
    return {"version": "2.1.0", "runs": [{"tool": tool, "results": list(results), **run}]}


def found(uri: str = "service/index.js", line: int = 2, level: str = "error", text: str = "No.") -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {"ruleId": "R1", "level": level, "message": {"text": text}, "locations": [{"physicalLocation": place}]}


class Fake:
    """Makes a scanner of a few lines of Python; `source` and `output` are its two arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, script: str, **row: Any) -> ScannerCheck:
        program = self.folder / "scanner.py"
        program.write_text(f"import json, os, sys, time\nsource, output = sys.argv[1:]\n{script}\n")
        argv = [sys.executable, "-I", str(program), "{source}", "{output}"]
        if row.get("sarif") == "stdout":
            argv[-1] = "-"
        (scanner,) = scanners.read([{"name": "fake", "title": "Fake", "argv": argv, **row}])
        return ScannerCheck(scanner)

    def saying(self, content: object, **row: Any) -> ScannerCheck:
        return self.check(f"open(output, 'w').write({json.dumps(content)!r})", **row)


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path)


def silent(result: CheckResult) -> str:
    """Return why a check did not run; that it has no findings is part of it."""
    assert result.outcome is Outcome.DID_NOT_RUN
    assert result.findings == ()
    assert result.detail.endswith(".")
    return result.detail


def test_results_become_findings_of_our_own_form(run: Run, fake: Fake) -> None:
    result = run(fake.saying(log(found())), FILES, service="service")

    finding = only(result)
    assert (finding.rule, finding.severity, finding.path, finding.line) == (
        "fake/R1",
        Severity.ERROR,
        "service/index.js",
        2,
    )
    assert (finding.application, finding.snippet) == ("service", "eval(one);")
    assert len(finding.fingerprint) == 32
    assert result.outcome is Outcome.FAILED


def test_fingerprint_survives_a_moved_line(run: Run, fake: Fake) -> None:
    first = only(run(fake.saying(log(found())), FILES, service="service"))

    moved = {"service/index.js": "\n\n" + FILES["service/index.js"]}
    second = only(run(fake.saying(log(found(line=4))), moved, service="service"))

    assert first.fingerprint == second.fingerprint


def test_scanner_that_finds_nothing_passes(run: Run, fake: Fake) -> None:
    result = run(fake.saying(log()), FILES, service="service")

    assert rules(result) == []
    assert (result.outcome, result.tool, result.level) == (Outcome.PASSED, "fake", Level.ADVISORY)


def test_absolute_path_of_the_source_becomes_relative(run: Run, fake: Fake) -> None:
    script = f"""
log = {log(found("PLACE"))!r}
text = json.dumps(log).replace("PLACE", "file://" + source + "/service/index.js")
open(output, "w").write(text)"""

    assert only(run(fake.check(script), FILES, service="service")).path == "service/index.js"


def test_sarif_of_standard_output_is_read(run: Run, fake: Fake) -> None:
    check = fake.check(f"print(json.dumps({log(found())!r}))", sarif="stdout")

    assert rules(run(check, FILES, service="service")) == ["fake/R1"]


def test_configured_exit_code_means_that_it_worked(run: Run, fake: Fake) -> None:
    script = f"open(output, 'w').write({json.dumps(log(found()))!r}); sys.exit(3)"

    assert run(fake.check(script, ok_codes=[0, 3]), FILES, service="service").outcome is Outcome.FAILED
    assert "exit code 3" in silent(run(fake.check(script), FILES, service="service"))


def test_level_and_limit_of_certification_come_from_the_configuration(fake: Fake) -> None:
    check = fake.saying(log(), level="required", certification_only=True)

    assert (check.level, check.certification_only, check.title) == (Level.REQUIRED, True, "Fake")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({}, "version"),
        ([], "object"),
        ({"version": "2.1.0", "runs": []}, "no run"),
        (log(results=None), "not a list"),
        (log(invocations=[{"executionSuccessful": False}]), "not successful"),
        (log(found(uri="../../etc/passwd")), "outside the repository"),
        (log(found(uri="file:///etc/passwd")), "outside the repository"),
    ],
)
def test_sarif_that_cannot_be_believed_did_not_run(run: Run, fake: Fake, content: object, word: str) -> None:
    assert word in silent(run(fake.saying(content), FILES, service="service"))


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("pass", "no SARIF"),
        ("os.symlink('/etc/hostname', output)", "no SARIF"),
        ("os.mkfifo(output)", "no SARIF"),
        ("os.mkdir(output)", "no SARIF"),
        ("open(output, 'w').write('{')", "not valid JSON"),
        ("open(output, 'w').write('x' * 2000)", "more than is allowed"),
        ("sys.exit(1)", "exit code 1"),
        ("os.abort()", "ended"),
        ("bytearray(10**9)", "exit code 1"),
    ],
)
def test_scanner_that_fails_did_not_run(run: Run, fake: Fake, script: str, word: str) -> None:
    check = fake.check(script, max_output=1000, memory=600_000_000)

    assert word in silent(run(check, FILES, service="service"))


def test_endless_standard_output_is_stopped(run: Run, fake: Fake) -> None:
    check = fake.check("while True: print('x' * 1000)", sarif="stdout", max_output=100_000)

    assert "more than is allowed" in silent(run(check, FILES, service="service"))


def test_missing_program_did_not_run(run: Run) -> None:
    (scanner,) = scanners.read([{"name": "gone", "argv": ["no-such-program", "{source}", "{output}"]}])

    assert "not installed" in silent(run(ScannerCheck(scanner), FILES, service="service"))


def test_slow_scanner_is_killed_with_everything_it_started(run: Run, fake: Fake, tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    script = f"""
import subprocess
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3); open({str(sign)!r}, 'w')"])
time.sleep(60)"""
    started = time.monotonic()

    result = run(fake.check(script, timeout=1), FILES, service="service")

    assert "within 1 seconds" in silent(result)
    assert time.monotonic() - started < 10
    time.sleep(3.5)
    assert not sign.exists()


def test_scanner_gets_only_the_variables_it_is_given(run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_TOKEN", "given")
    monkeypatch.setenv("SECRET_KEY", "kept")
    script = f"""
results = []
if os.environ.get("SCANNER_TOKEN") != "given" or "SECRET_KEY" in os.environ or os.listdir("."):
    results = [{found()!r}]
log = {log()!r}
log["runs"][0]["results"] = results
open(output, "w").write(json.dumps(log))"""

    result = run(fake.check(script, environment=["SCANNER_TOKEN", "NOT_SET"]), FILES, service="service")

    assert result.outcome is Outcome.PASSED, result.detail


def test_no_shell_reads_the_words_of_the_configuration(run: Run, tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-c", "import sys", "{source}", "{output}", f"; touch {tmp_path}/sign; $(id)"]
    (scanner,) = scanners.read([{"name": "fake", "argv": argv}])

    assert "no SARIF" in silent(run(ScannerCheck(scanner), FILES, service="service"))
    assert not (tmp_path / "sign").exists()


@pytest.mark.skipif(not choice.chosen().isolates, reason="This system lets nobody take the network away.")
def test_scanner_has_no_network_unless_it_is_given(run: Run, fake: Fake) -> None:
    script = f"""
import socket
names = [name for _, name in socket.if_nameindex()]
log = {log()!r}
log["runs"][0]["results"] = [{found()!r}] if names != ["lo"] else []
open(output, "w").write(json.dumps(log))"""

    assert run(fake.check(script), FILES, service="service").outcome is Outcome.PASSED


def test_without_isolation_a_scanner_runs_over_its_owners_files_only_and_says_so(
    run: Run, fake: Fake, tmp_path: Path
) -> None:
    settings = EngineSettings(tmp_path / "work", isolation="none")

    foreign = run(fake.saying(log(found())), FILES, settings=settings, service="service")
    own = run(fake.saying(log(found())), FILES, settings=replace(settings, trusted=True), service="service")

    assert "cannot isolate" in silent(foreign)
    assert (rules(own), own.detail.partition(":")[0]) == (["fake/R1"], "This machine offers no isolation")


def test_secrets_in_what_a_scanner_quotes_are_masked(run: Run, fake: Fake) -> None:
    secret = "ghp_" + "x7Kp2mQ9" * 4 + "Zt4w"
    files = {"service/index.js": f"const token = '{secret}';\n"}

    finding = only(run(fake.saying(log(found(line=1, text=f"Found {secret}"))), files, service="service"))

    assert secret not in finding.snippet + finding.message


def test_webhook_is_not_asked_without_the_portal(run: Run) -> None:
    (scanner,) = scanners.read([{"name": "asked", "webhook": "https://scanner.example/"}])

    assert "portal" in silent(run(ScannerCheck(scanner), FILES, service="service"))


def test_no_time_is_no_pass(run: Run, fake: Fake) -> None:
    silent(run(fake.saying(log()), FILES, seconds=-1.0, service="service"))


def test_image_check_without_scanner_says_that_nothing_was_looked_at(run: Run) -> None:
    result = run(image.check, FILES, service="service")

    assert "none is configured" in silent(result)
    assert result.level is Level.ADVISORY


def test_scanner_leaves_nothing_behind(run: Run, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))

    run(fake.saying(log()), FILES, service="service")

    assert list((tmp_path / "temporary").glob("scanner-*")) == []
