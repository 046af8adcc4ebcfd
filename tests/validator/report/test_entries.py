"""A report as the contract's entries."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest

from validator import steps
from validator.checks import applications, leaked_secrets
from validator.report import entries
from validator.report.entries import Entry
from validator.results import CheckResult, Finding, Level, Outcome, Report, Severity

COMMIT = "0123456789abcdef" * 2 + "01234567"
FINDING = Finding(
    "some-rule", Severity.ERROR, "This is wrong.", fix="Do it right.", path="connect.yaml", line=3, column=5
)


def result(
    check: str, outcome: Outcome = Outcome.PASSED, *findings: Finding, level: Level = Level.REQUIRED, detail: str = ""
) -> CheckResult:
    return CheckResult(check, level, outcome, findings, detail)


def report(*results: CheckResult, commit: str | None = COMMIT) -> Report:
    return Report(commit, commit, None, results, "f" * 64, tag="1.0.0")


def failed(*findings: Finding, check: str = steps.SPECIFICATION, level: Level = Level.REQUIRED) -> list[Entry]:
    """Return the entries of a check that failed with these findings, without those about the run."""
    made = entries.from_report(report(result(check, Outcome.FAILED, *findings, level=level)))
    return [entry for entry in made if entry["title"] != "Commit that was checked"]


def test_the_first_entry_records_tag_commit_and_rule_pack() -> None:
    first = entries.from_report(report(result(steps.REPOSITORY)))[0]

    assert first["type"] == "Information"
    assert all(part in str(first["message"]) for part in ("1.0.0", COMMIT, "f" * 64))


def test_success_is_told_in_the_words_of_the_contract() -> None:
    passed = [steps.REPOSITORY, steps.SPECIFICATION, *entries.CODE_CHECKS, entries.IMAGE_CHECK, leaked_secrets.check.id]

    titles = [entry["title"] for entry in entries.from_report(report(*map(result, passed)))]

    assert titles[1:] == [
        "Connector specification file validation check succeeded",
        "SAST and SCA analysis check succeeded",
        "Image security analysis check succeeded",
        "Secrets check succeeded",
    ]


@pytest.mark.parametrize("missing", entries.CODE_CHECKS)
@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.DID_NOT_RUN, None])
def test_code_analysis_succeeded_only_when_both_its_checks_passed(missing: str, outcome: Outcome | None) -> None:
    rows = [result(check) for check in entries.CODE_CHECKS if check != missing]
    rows += [result(missing, outcome)] if outcome else []

    titles = [entry["title"] for entry in entries.from_report(report(*rows))]

    assert entries.CODE_PASSED not in titles


def test_an_image_check_that_did_not_run_is_not_told_as_success() -> None:
    made = entries.from_report(
        report(result(entries.IMAGE_CHECK, Outcome.DID_NOT_RUN, level=Level.ADVISORY, detail="No tool."))
    )

    assert entries.IMAGE_PASSED not in [entry["title"] for entry in made]
    assert [(entry["type"], entry["message"]) for entry in made[1:]] == [("Warning", "No tool.")]


def test_a_missing_specification_has_the_title_of_the_contract_and_the_official_word() -> None:
    title = failed(replace(FINDING, rule=steps.MISSING.id))[0]["title"]

    assert title == "Connector specification file not found (ConnectorSpecificationFileNotFound)"


def test_an_invalid_specification_names_line_reason_and_fix() -> None:
    entry = failed(replace(FINDING, rule=steps.INVALID.id, application="service"))[0]

    assert entry == {
        "type": "Error",
        "title": "Connector specification file is not valid (ConnectorSpecificationFileNotValid)",
        "message": "connect.yaml, line 3, column 5: This is wrong. Do it right.",
        "application": "service",
    }


@pytest.mark.parametrize(
    ("severity", "level", "kind"),
    [
        (Severity.ERROR, Level.REQUIRED, "Error"),
        (Severity.ERROR, Level.ADVISORY, "Warning"),
        (Severity.WARNING, Level.REQUIRED, "Warning"),
        (Severity.NOTE, Level.REQUIRED, "Information"),
    ],
)
def test_the_type_follows_from_severity_and_level(severity: Severity, level: Level, kind: str) -> None:
    assert failed(replace(FINDING, severity=severity), check=leaked_secrets.check.id, level=level)[0]["type"] == kind


def test_a_finding_of_a_check_is_titled_by_check_and_rule() -> None:
    rule = leaked_secrets.check.rules[0]

    entry = failed(replace(FINDING, rule=rule.id), check=leaked_secrets.check.id)[0]

    assert entry["title"] == f"{leaked_secrets.check.title}: {rule.title}"


def test_what_would_stop_a_build_carries_the_official_word_and_the_build_itself_did_not_run() -> None:
    build, finding = failed(replace(FINDING, rule=applications.MISSING.id), check=applications.check.id)

    assert (build["type"], build["title"]) == ("Information", "Application Build did not run")
    assert finding["title"] == "Applications: Application without a folder (Application Build)"


def test_a_passed_check_of_the_applications_is_not_told_as_a_build() -> None:
    made = entries.from_report(report(result(applications.check.id)))

    assert [entry["title"] for entry in made[1:]] == ["Applications check succeeded", "Application Build did not run"]


def test_a_required_check_that_did_not_run_is_our_fault_and_offers_another_try() -> None:
    entry = entries.from_report(report(result(leaked_secrets.check.id, Outcome.DID_NOT_RUN, detail=steps.BROKEN)))[1]

    assert entry["type"] == "Error"
    assert str(entry["message"]).count("on our side") == 1
    assert str(entry["message"]).count("again") == 1


def test_a_check_that_waits_for_a_valid_specification_is_no_fault_of_ours() -> None:
    rows = (
        result(steps.SPECIFICATION, Outcome.FAILED, FINDING),
        result(applications.check.id, Outcome.DID_NOT_RUN, detail="The applications are not known."),
    )

    entry = entries.from_report(report(*rows))[-1]

    assert (entry["type"], entry["message"]) == ("Warning", "The applications are not known.")


def test_the_fifty_first_finding_is_counted_and_not_shown() -> None:
    made = failed(*(replace(FINDING, line=number) for number in range(1, 121)))

    assert len(made) == 51
    assert "70 more" in made[-1]["title"]
    assert made[-1]["type"] == "Error"


def test_the_worst_findings_are_the_ones_that_are_shown() -> None:
    notes = [replace(FINDING, severity=Severity.NOTE, message=f"Note {n}.") for n in range(60)]

    made = failed(*notes, FINDING)

    assert made[0]["type"] == "Error"
    assert made[-1]["type"] == "Information"


def test_a_flood_of_long_findings_stays_below_the_limit_and_keeps_the_errors() -> None:
    long = replace(FINDING, message="x y " * 2000, severity=Severity.WARNING)
    rows = [result(check, Outcome.FAILED, *[long] * 50) for check in ("a", "b", "c", "d", "e")]

    made = entries.from_report(report(*rows, result("f", Outcome.FAILED, FINDING)))

    assert len(json.dumps(made)) < 210_000
    assert [entry["type"] for entry in made if "This is wrong" in str(entry["message"])] == ["Error"]
    assert "not shown" in made[-1]["title"]


def test_signs_that_are_not_seen_or_turn_the_text_are_replaced() -> None:
    bad = "a\x00b\x1b[2Jc\u202ed\u200be\nf\ud800g\u2028h"
    finding = replace(FINDING, message=bad, fix=bad, path=bad, application=bad, rule=bad)

    text = "".join(f"{entry['title']}{entry['message']}{entry['application']}" for entry in failed(finding))

    assert not [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl")]
    json.dumps(failed(finding)).encode()


def test_a_credential_in_a_message_is_not_shown() -> None:
    token = "ghp" + "_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"

    made = failed(replace(FINDING, message=f"default must not be {token}."))

    assert token not in json.dumps(made)


def test_a_repository_that_cannot_be_read_has_no_commit_to_record() -> None:
    made = entries.from_report(report(result(steps.REPOSITORY, Outcome.FAILED, FINDING), commit=None))

    title = "Repository could not be read (GitRepositoryNotReachable)"
    assert [(entry["type"], entry["title"]) for entry in made] == [("Error", title)]


def test_error_of_what_only_the_certificate_needs_is_a_warning_that_says_so() -> None:
    (entry,) = failed(FINDING, check="licence", level=Level.CERTIFY)

    assert entry["type"] == "Warning"
    assert str(entry["message"]).endswith("Do it right. It must pass before certification.")


def test_check_that_the_certificate_needs_and_that_did_not_run_is_our_fault() -> None:
    made = entries.from_report(report(result("licence", Outcome.DID_NOT_RUN, level=Level.CERTIFY, detail="It broke.")))

    entry = made[-1]
    assert (entry["type"], entry["title"]) == ("Warning", "License check did not run")
    assert all(
        part in str(entry["message"]) for part in ("fault on our side", "Start again", "must pass before certification")
    )
