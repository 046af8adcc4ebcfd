"""A report as the contract's entries: what the developer reads in `publishingReport` and `previewableReport`."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, TypedDict

from validator import steps
from validator.knowledge import secret_patterns
from validator.results import CheckResult, Finding, Level, Outcome, Report, Severity


class Entry(TypedDict):
    """One entry without its time, which is set when it is stored."""

    type: str
    title: str
    message: str | None
    application: str | None


INFORMATION: Final = "Information"
WARNING: Final = "Warning"
ERROR: Final = "Error"

# Titles from the contract or its examples, with the official code in parentheses, which scripts search for.
REPOSITORY_FAILED: Final = "Repository could not be read (GitRepositoryNotReachable)"
SPECIFICATION_PASSED: Final = "Connector specification file validation check succeeded"
SPECIFICATION_MISSING: Final = "Connector specification file not found (ConnectorSpecificationFileNotFound)"
SPECIFICATION_INVALID: Final = "Connector specification file is not valid (ConnectorSpecificationFileNotValid)"
BUILD: Final = "Application Build"
CODE_PASSED: Final = "SAST and SCA analysis check succeeded"
IMAGE_PASSED: Final = "Image security analysis check succeeded"

# The checks that these titles refer to.
CODE_CHECKS: Final = ("static-analysis", "dependencies")
IMAGE_CHECK: Final = "image"
BUILD_CHECK: Final = "applications"

MAX_PER_CHECK: Final = 50
MAX_BYTES: Final = 200_000
_MAX_TITLE: Final = 200
_MAX_MESSAGE: Final = 2_000
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_OUR_FAULT: Final = "This is a fault on our side, not in the connector. Start again to repeat the check."
_NEEDED: Final = "It must pass before certification."
_SEVERITIES: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def from_report(report: Report) -> list[Entry]:
    """Return the report as entries: what was checked, then each check with its findings.

    At most `MAX_PER_CHECK` findings of a check become entries of their own, and all entries together stay below
    `MAX_BYTES`; what is left out is counted. They contain no control or direction-changing characters, and credentials
    in them are masked.
    """
    entries = [*_subject(report), *_successes(report), *_build(report)]
    for result in report.results:
        entries += _of_result(result, report)
    return _bounded(entries)


def of_refusal(reason: str, text: str) -> Entry:
    """Return the entry for a refused certification; the full text is a certification comment."""
    return _entry(ERROR, f"Certification refused: {reason}", text, is_ours=True)


def _subject(report: Report) -> Iterator[Entry]:
    """Yield what was checked: tag, commit and rule pack, so that anyone can repeat the checks."""
    if report.commit is not None:
        tag = f"Tag {report.tag}, commit" if report.tag else "Commit"
        message = f"{tag} {report.commit}, checked with rule pack {report.rule_pack}."
        yield _entry(INFORMATION, "Commit that was checked", message, is_ours=True)


def _successes(report: Report) -> Iterator[Entry]:
    """Yield what passed, in the contract's words where it has them."""
    passed = {result.check: result for result in report.results if result.outcome is Outcome.PASSED}
    if steps.SPECIFICATION in passed:
        yield _entry(INFORMATION, SPECIFICATION_PASSED)
    if all(check in passed for check in CODE_CHECKS):
        yield _entry(INFORMATION, CODE_PASSED)
    if IMAGE_CHECK in passed:
        yield _entry(INFORMATION, IMAGE_PASSED)
    for check, result in passed.items():
        if check not in (steps.REPOSITORY, steps.SPECIFICATION, IMAGE_CHECK, *CODE_CHECKS):
            yield _entry(INFORMATION, f"{name_of(result)} check succeeded")


def _build(report: Report) -> Iterator[Entry]:
    """Yield the entry that says that nothing is built here, with the official code for that step."""
    if any(result.check == BUILD_CHECK for result in report.results):
        message = "Applications are not built here. The applications check reads their folders and manifests."
        yield _entry(INFORMATION, f"{BUILD} did not run", message, is_ours=True)


def _of_result(result: CheckResult, report: Report) -> Iterator[Entry]:
    """Yield a check's findings, and why it did not run."""
    if result.outcome is Outcome.DID_NOT_RUN:
        yield _not_run(result, report)
    findings = sorted(result.findings, key=lambda finding: _SEVERITIES[finding.severity])
    for finding in findings[:MAX_PER_CHECK]:
        yield _of_finding(result, finding)
    if len(findings) > MAX_PER_CHECK:
        left = findings[MAX_PER_CHECK:]
        worst = _type(result, min(left, key=lambda finding: _SEVERITIES[finding.severity]))
        title = f"{name_of(result)}: {len(left)} more findings"
        yield _entry(worst, title, "The run's page and its SARIF file list all of them.", is_ours=True)


def _not_run(result: CheckResult, report: Report) -> Entry:
    title = f"{name_of(result)} check did not run"
    if result.level is Level.ADVISORY:
        return _entry(WARNING, title, result.detail)
    others = {row.check: row.outcome for row in report.results}
    if result.check != steps.SPECIFICATION and others.get(steps.SPECIFICATION) is Outcome.FAILED:
        # The developer's own error came first; it has an entry of its own.
        return _entry(WARNING, title, result.detail)
    if result.level is Level.CERTIFY:
        return _entry(WARNING, title, f"{result.detail} {_OUR_FAULT} {_NEEDED}".strip())
    return _entry(ERROR, title, f"{result.detail} {_OUR_FAULT}".strip())


def _of_finding(result: CheckResult, finding: Finding) -> Entry:
    place = finding.path or ""
    if place and finding.line:
        place += f", line {finding.line}" + (f", column {finding.column}" if finding.column else "")
    needed = _NEEDED if result.level is Level.CERTIFY and finding.severity is Severity.ERROR else ""
    parts = (f"{_clean(place, limit=500)}:" if place else "", _masked(finding.message), finding.fix, needed)
    message = " ".join(part for part in parts if part)
    application = None if finding.application is None else _clean(finding.application, limit=256)
    return _entry(_type(result, finding), _finding_title(result, finding), message, application, is_ours=True)


def _type(result: CheckResult, finding: Finding) -> str:
    """Return Error for what blocks, Warning for what deserves attention, Information for the rest."""
    if finding.severity is Severity.NOTE:
        return INFORMATION
    return ERROR if finding.severity is Severity.ERROR and result.level is Level.REQUIRED else WARNING


def _finding_title(result: CheckResult, finding: Finding) -> str:
    if result.check == steps.SPECIFICATION:
        return SPECIFICATION_MISSING if finding.rule == steps.MISSING.id else SPECIFICATION_INVALID
    if result.check == steps.REPOSITORY:
        return REPOSITORY_FAILED
    check = steps.checks_by_id().get(result.check)
    rules = {rule.id: rule.title for rule in check.rules} if check else {}
    title = rules.get(finding.rule)
    named = f"{name_of(result)}: {title}" if title else f"{name_of(result)} check failed"
    return f"{named} ({BUILD})" if result.check == BUILD_CHECK else named


def name_of(result: CheckResult) -> str:
    """Return the display name of a result's check."""
    return result.title or title_of(result.check)


def title_of(step: str, *, scanners: steps.Rows = ()) -> str:
    """Return the display name of a step."""
    named = {steps.REPOSITORY: "Repository", steps.SPECIFICATION: "Connector specification file validation"}
    check = steps.checks_by_id(scanners).get(step)
    return named.get(step) or (check.title if check else step)


def _entry(kind: str, title: str, message: str = "", application: str | None = None, *, is_ours: bool = False) -> Entry:
    """Return a sanitized entry; text from outside is searched for credentials."""
    if not is_ours:
        message = _masked(message)
    return {
        "type": kind,
        "title": _clean(title, limit=_MAX_TITLE),
        "message": _clean(message, limit=_MAX_MESSAGE) or None,
        "application": application,
    }


def _masked(text: str) -> str:
    """Return sanitized text with credentials masked; a character between two halves must not hide one from the
    search."""
    return secret_patterns.mask(_clean(text, limit=_MAX_MESSAGE))


def _clean(text: str, *, limit: int) -> str:
    """Return text on one line without invisible and direction-changing characters."""
    text = "".join(
        " " if sign in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in _HIDDEN else sign
        for sign in text[: limit * 2]
    )
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _bounded(entries: Sequence[Entry]) -> list[Entry]:
    """Keep entries up to the byte limit, errors first, and add an entry with the number left out."""
    order = {ERROR: 0, WARNING: 1, INFORMATION: 2}
    size = 0
    kept: set[int] = set()
    for number in sorted(range(len(entries)), key=lambda n: order[entries[n]["type"]]):
        size += len(json.dumps(entries[number])) + 2
        if size > MAX_BYTES:
            break
        kept.add(number)
    found = [entry for number, entry in enumerate(entries) if number in kept]
    if len(kept) < len(entries):
        found.append(_entry(WARNING, f"{len(entries) - len(kept)} more entries are not shown", is_ours=True))
    return found
