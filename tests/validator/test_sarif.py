"""SARIF: what goes out holds everything of a report, and what comes in is believed only when it is whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.root import ROOT
from validator import sarif
from validator.checks import CHECKS
from validator.findings import with_fingerprints
from validator.results import CheckResult, Finding, Level, Outcome, Report, Severity

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def report(*results: CheckResult) -> Report:
    """Return a report of a commit with these results."""
    return Report(commit="1" * 40, tree="2" * 40, specification=None, results=results, rule_pack="f" * 64)


def log(*results: dict[str, Any], **run: Any) -> bytes:
    """Return a SARIF text with one run of a tool named `probe`."""
    row = {"tool": {"driver": {"name": "probe"}}, "results": list(results), **run}
    return json.dumps({"version": "2.1.0", "runs": [row]}).encode()


def result(uri: str = "src/a.js", **more: Any) -> dict[str, Any]:
    """Return one SARIF result at line 3 of a file."""
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": 3, "startColumn": 5}}
    return {"ruleId": "r1", "message": {"text": "a problem"}, "locations": [{"physicalLocation": place}], **more}


def test_report_becomes_results_with_rule_place_and_fingerprint() -> None:
    finding = Finding("secret-github-token", Severity.ERROR, "A token", path="a b/ü.py", line=4, column=2, snippet="x")
    found = CheckResult("secrets", Level.REQUIRED, Outcome.FAILED, with_fingerprints([finding]), seconds=1.23456)
    rules = [rule for check in CHECKS for rule in check.rules]

    run = sarif.write(report(found), rules=rules, repository="https://github.com/o/r", tag="1.0")["runs"][0]

    row = run["results"][0]
    descriptor = run["tool"]["driver"]["rules"][row["ruleIndex"]]
    place = row["locations"][0]["physicalLocation"]
    assert descriptor["id"] == row["ruleId"] == "secret-github-token"
    assert "How to fix" in descriptor["help"]["text"]
    assert place["artifactLocation"]["uri"] == "a%20b/%C3%BC.py"
    assert place["region"] == {"startLine": 4, "startColumn": 2, "snippet": {"text": "x"}}
    assert row["partialFingerprints"] == {"connectorCheck/v1": found.findings[0].fingerprint}
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert run["versionControlProvenance"][0]["revisionId"] == "1" * 40


@pytest.mark.parametrize(("level", "successful"), [(Level.REQUIRED, False), (Level.ADVISORY, True)])
def test_check_that_did_not_run_is_a_notification(level: Level, successful: bool) -> None:
    missed = CheckResult("dependencies", level, Outcome.DID_NOT_RUN, detail="No source answered.")

    invocation = sarif.write(report(missed))["runs"][0]["invocations"][0]

    assert invocation["executionSuccessful"] is successful
    assert "No source answered." in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_what_was_written_can_be_read_back() -> None:
    finding = Finding(
        "x", Severity.WARNING, "A problem", fix="Do it", path="a b/ü.py", line=4, column=2, snippet="eval(x)"
    )
    written = sarif.write(report(CheckResult("c", Level.REQUIRED, Outcome.PASSED, with_fingerprints([finding]))))

    back = sarif.read(json.dumps(written).encode())

    assert back == (finding,)


def test_written_report_follows_the_shape_of_the_standard() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    text = {"type": "object", "required": ["text"]}
    # The parts of the official schema that code scanning services insist on.
    schema = {
        "type": "object",
        "required": ["version", "runs"],
        "properties": {
            "version": {"const": "2.1.0"},
            "runs": {
                "items": {
                    "required": ["tool", "results"],
                    "properties": {
                        "tool": {
                            "properties": {
                                "driver": {
                                    "required": ["name"],
                                    "properties": {
                                        "rules": {
                                            "uniqueItems": True,
                                            "items": {"required": ["id"], "properties": {"help": text}},
                                        }
                                    },
                                }
                            }
                        },
                        "invocations": {"items": {"required": ["executionSuccessful"]}},
                        "results": {
                            "items": {
                                "required": ["message", "ruleId"],
                                "properties": {
                                    "level": {"enum": ["none", "note", "warning", "error"]},
                                    "message": text,
                                    "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                },
                            }
                        },
                    },
                }
            },
        },
    }
    findings = with_fingerprints([Finding("x", Severity.NOTE, "no place"), Finding("y", Severity.ERROR, "m", path="p")])
    written = sarif.write(
        report(CheckResult("c", Level.REQUIRED, Outcome.FAILED, findings)),
        rules=[rule for check in CHECKS for rule in check.rules],
    )

    jsonschema.validate(json.loads(json.dumps(written)), schema)


def test_result_becomes_a_finding() -> None:
    rules = [{"id": "r1", "help": {"text": "Use another."}, "defaultConfiguration": {"level": "error"}}]

    (finding,) = sarif.read(log(result(), tool={"driver": {"name": "probe", "rules": rules}}), prefix="probe/")

    assert (finding.rule, finding.severity, finding.path, finding.line) == ("probe/r1", Severity.ERROR, "src/a.js", 3)
    assert finding.fix == "Use another."


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({"level": "error"}, Severity.ERROR),
        ({"level": "note"}, Severity.NOTE),
        ({"level": "none"}, Severity.NOTE),
        ({}, Severity.WARNING),
        ({"kind": "review", "level": "error"}, Severity.NOTE),
        ({"level": "error", "suppressions": [{"kind": "inSource"}]}, Severity.ERROR),
    ],
)
def test_level_is_read_as_the_standard_says_and_suppressions_do_not_count(
    more: dict[str, Any], severity: Severity
) -> None:
    assert [finding.severity for finding in sarif.read(log(result(**more)))] == [severity]


@pytest.mark.parametrize("more", [{"kind": "pass"}, {"kind": "notApplicable"}, {"baselineState": "absent"}])
def test_result_that_is_no_problem_stays_silent(more: dict[str, Any]) -> None:
    assert sarif.read(log(result(**more))) == ()


def test_message_is_taken_from_the_rule_and_filled() -> None:
    rules = [{"id": "r1", "messageStrings": {"default": {"text": "bad {0} in {1}"}}}]
    row = {"ruleIndex": 0, "message": {"id": "default", "arguments": ["call", "a.js"]}}

    (finding,) = sarif.read(log(row, tool={"driver": {"name": "probe", "rules": rules}}))

    assert finding.message == "bad call in a.js"


def test_path_is_taken_from_the_list_of_artifacts() -> None:
    row = result()
    row["locations"][0]["physicalLocation"]["artifactLocation"] = {"index": 0}

    (finding,) = sarif.read(log(row, artifacts=[{"location": {"uri": "b.js"}}]))

    assert finding.path == "b.js"


def test_absolute_path_below_the_scanned_folder_becomes_relative(tmp_path: Path) -> None:
    found = sarif.read(log(result(f"file://{tmp_path}/a%20b.js"), result(f"{tmp_path}/c.js")), root=tmp_path)

    assert [finding.path for finding in found] == ["a b.js", "c.js"]


@pytest.mark.security
@pytest.mark.parametrize(
    "uri",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "../x",
        "a/../../x",
        "%2e%2e/x",
        "https://example.com/x",
        "..\\x",
        "file://host/x",
    ],
)
def test_path_outside_the_repository_is_refused(uri: str) -> None:
    with pytest.raises(sarif.SarifError, match="outside"):
        sarif.read(log(result(uri)))


def test_quoted_credential_is_masked() -> None:
    row = result(message={"text": f"found {TOKEN}"})
    row["locations"][0]["physicalLocation"]["region"]["snippet"] = {"text": f"x = '{TOKEN}'"}

    (finding,) = sarif.read(log(row))

    assert TOKEN not in finding.message + finding.snippet


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version": "2.0.0", "runs": []}',
        b'{"version": "2.1.0"}',
        b'{"version": "2.1.0", "runs": []}',
        b'{"version": "2.1.0", "runs": [{}]}',
        b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}}]}',
        b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": null}]}',
        log({"message": {"text": "no rule"}}),
        log({"ruleId": "r"}),
        log({"ruleId": "r", "message": {"text": 7}}),
        log(result(locations=[{"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": "x"}}}])),
        log(result(locations={})),
        log(result())[:-20],
    ],
)
def test_text_that_is_not_whole_sarif_is_an_error(data: bytes) -> None:
    with pytest.raises(sarif.SarifError):
        sarif.read(data)


def test_too_large_text_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_BYTES", 100)

    with pytest.raises(sarif.SarifError, match="more than"):
        sarif.read(log(result()))


@pytest.mark.parametrize(
    "invocation",
    [
        {"executionSuccessful": False},
        {},
        {"executionSuccessful": True, "toolExecutionNotifications": [{"level": "error", "message": {"text": "x"}}]},
    ],
)
def test_run_that_was_not_successful_is_told_apart(invocation: dict[str, Any]) -> None:
    with pytest.raises(sarif.ScannerFailedError):
        sarif.read(log(invocations=[invocation]))


def test_the_engine_does_not_load_django() -> None:
    code = (
        "import sys, validator.checks, validator.sarif\n"
        "sys.exit(any(name.partition('.')[0] == 'django' for name in sys.modules))"
    )

    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)

    assert ended.returncode == 0
