"""Findings: clean to show, ordered, counted, and known again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from validator import findings
from validator.checks import static_analysis
from validator.checks.licence import check
from validator.findings import DidNotRun, conclude, shown, with_fingerprints
from validator.results import Finding, Level, Outcome, Severity

ONE = Finding("r", Severity.WARNING, "m", path="a.py", line=3, snippet="eval(x)")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain ünïcödé 🎉", "plain ünïcödé 🎉"),
        ("two\nlines\tand\rmore", "two lines and more"),
        ("\x1b[2Jred\x07", "\ufffd[2Jred\ufffd"),
        ("gpj.\u202eexe", "gpj.\ufffdexe"),
        ("zero\u200bwidth \u2066x\u2069", "zero\ufffdwidth \ufffdx\ufffd"),
        ("broken \udcff name", "broken \ufffd name"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_text_is_shown_without_what_fools_a_reader(text: str, clean: str) -> None:
    assert shown(text, limit=100) == clean


def test_long_text_is_cut_with_a_mark() -> None:
    assert shown("x" * 50, limit=10) == "x" * 9 + "…"
    assert len(shown("\x00" * 10_000_000, limit=10)) == 10


def test_fingerprint_survives_moved_lines_and_spaces() -> None:
    (before,) = with_fingerprints([ONE])
    (after,) = with_fingerprints([replace(ONE, line=90, snippet="  eval(x) ", message="other words")])

    assert before.fingerprint == after.fingerprint


@pytest.mark.parametrize(
    "other",
    [replace(ONE, rule="q"), replace(ONE, path="b.py"), replace(ONE, snippet="eval(y)"), replace(ONE, package="p")],
)
def test_other_rule_file_text_or_package_is_another_finding(other: Finding) -> None:
    first, second = with_fingerprints([ONE, other])

    assert first.fingerprint != second.fingerprint


def test_equal_places_in_a_file_are_told_apart_by_their_order() -> None:
    later = replace(ONE, line=9)

    forward = with_fingerprints([ONE, later])
    backward = with_fingerprints([later, ONE])

    assert forward[0].fingerprint != forward[1].fingerprint
    assert {row.line: row.fingerprint for row in forward} == {row.line: row.fingerprint for row in backward}


@pytest.mark.parametrize(
    ("severities", "outcome"),
    [
        ([], Outcome.PASSED),
        ([Severity.NOTE, Severity.WARNING], Outcome.PASSED),
        ([Severity.NOTE, Severity.ERROR], Outcome.FAILED),
    ],
)
def test_only_an_error_fails_a_check(severities: list[Severity], outcome: Outcome) -> None:
    assert conclude(check, [replace(ONE, severity=severity) for severity in severities]).outcome is outcome


def test_check_that_stops_keeps_what_it_found_and_did_not_run() -> None:
    def search() -> Iterator[Finding]:
        yield replace(ONE, severity=Severity.ERROR)
        raise DidNotRun("It stopped.")

    result = conclude(check, search())

    assert (result.outcome, result.detail, len(result.findings)) == (Outcome.DID_NOT_RUN, "It stopped.", 1)


def test_flood_is_cut_counted_and_still_fails() -> None:
    flood = [replace(ONE, line=number + 1) for number in range(findings.MAX_COLLECTED + 5)]

    result = conclude(check, [*flood, replace(ONE, severity=Severity.ERROR, line=1)])

    assert result.outcome is Outcome.FAILED
    assert result.findings[0].severity is Severity.ERROR
    assert len(result.findings) == findings.MAX_FINDINGS + 1
    assert f"{len(flood) + 1 - findings.MAX_FINDINGS} more findings" in result.findings[-1].message


def test_flood_of_what_only_a_certificate_asks_for_hides_no_other_error() -> None:
    flood = [
        replace(ONE, rule=static_analysis.NOT_READ.id, severity=Severity.ERROR, path="a", line=number + 1)
        for number in range(findings.MAX_COLLECTED + 5)
    ]

    result = conclude(static_analysis.check, [*flood, replace(ONE, rule="js-eval", severity=Severity.ERROR, path="z")])

    assert result.findings[0].rule == "js-eval"


def test_findings_are_ordered_by_severity_then_place() -> None:
    rows = [replace(ONE, path="b"), replace(ONE, path="a", line=9), replace(ONE, path="z", severity=Severity.ERROR)]

    assert [row.path for row in conclude(check, rows).findings] == ["z", "a", "b"]


def test_level_is_the_checks_own_unless_given() -> None:
    assert conclude(check, []).level is Level.REQUIRED
    assert conclude(check, [], level=Level.ADVISORY).level is Level.ADVISORY
