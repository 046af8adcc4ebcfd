"""Run one check: with its level for this request, within its time limit; faults never count as passed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from validator import scanners as configured
from validator.checks import CHECKS, image
from validator.checks.scanner import ScannerCheck
from validator.findings import MAX_MESSAGE, shown, with_fingerprints
from validator.process import StoppedError
from validator.results import (
    Check,
    CheckContext,
    CheckResult,
    EngineSettings,
    Finding,
    Level,
    Outcome,
    Rule,
    Severity,
    Specification,
    Tree,
)
from validator.source import lfs
from validator.specification import connect_yaml

log = logging.getLogger(__name__)

REPOSITORY: Final = "repository"
SPECIFICATION: Final = "specification"
SPECIFICATION_SECONDS: Final = 20.0
BROKEN: Final = "The check crashed."
TOO_MUCH_MEMORY: Final = "The check used more memory than it may and was stopped."

MISSING = Rule(
    "specification-missing",
    "connect.yaml is missing",
    Severity.ERROR,
    "The specification file says which applications the connector has and how they are configured.",
    "Add a file connect.yaml, in lowercase, at the root of the repository.",
)
NOT_A_FILE = Rule(
    "specification-not-a-file",
    "connect.yaml is not a regular file",
    Severity.ERROR,
    "Links, submodules and Git LFS pointers lead out of the checked commit, so they are not followed.",
    "Replace it with a regular file that contains the specification.",
)
INVALID = Rule(
    "specification-invalid",
    "connect.yaml is not valid",
    Severity.ERROR,
    "A connector can only be deployed as its specification file says.",
    "Correct the reported place.",
)
RULES: Final = (MISSING, NOT_A_FILE, INVALID)


Rows = Iterable[Mapping[str, Any]]
"""The setting SCANNERS: a row for each scanner that the operator added."""


def scanners_of(rows: Rows) -> tuple[configured.Scanner, ...]:
    """Return the configured scanners; raises ScannersError. Only the image check's name may be taken over."""
    taken = {REPOSITORY, SPECIFICATION, *(check.id for check in CHECKS)} - {image.check.id}
    found = configured.read(rows, reserved=taken)
    return tuple(
        replace(row, title=image.check.title) if row.name == row.title == image.check.id else row for row in found
    )


def checks_by_id(scanners: Rows = ()) -> Mapping[str, Check]:
    """Return the registered checks in their order, then the configured scanners."""
    own: dict[str, Check] = {check.id: check for check in CHECKS}
    return own | {scanner.name: ScannerCheck(scanner) for scanner in scanners_of(scanners)}


def rules() -> tuple[Rule, ...]:
    """Return the rules of connect.yaml and of the registered checks."""
    return (*RULES, *(rule for check in CHECKS for rule in check.rules))


def seconds_of(step: str, *, scanners: Rows = ()) -> float:
    """Return the longest time that a step may take."""
    return SPECIFICATION_SECONDS if step == SPECIFICATION else checks_by_id(scanners)[step].seconds


def level_of(step: str, *, certification: bool, scanners: Rows = ()) -> Level:
    """Return the level of a step for this request: what only certification requires is advisory otherwise."""
    if step == SPECIFICATION:
        return Level.REQUIRED
    return _level(checks_by_id(scanners)[step], certification=certification)


def _level(check: Check, *, certification: bool) -> Level:
    return _for_certificate(check.level, certification=certification) if check.certification_only else check.level


def _for_certificate(level: Level, *, certification: bool) -> Level:
    return Level.CERTIFY if certification and level is Level.REQUIRED else Level.ADVISORY


def level_of_errors(level: Level, errors: Sequence[Finding], *, certification: bool) -> Level:
    """Return the level of a check that failed with these errors; certification-only errors may lower it.

    When each of them only blocks a certificate, a private publish continues.
    """
    own = {rule.id for rule in rules() if rule.certification_only}
    if errors and all(finding.rule in own for finding in errors):
        return _for_certificate(level, certification=certification)
    return level


def run_check(check: Check, context: CheckContext, *, certification: bool) -> CheckResult:
    """Run one check; a fault in it, or too much time, ends in `did not run` with a sentence of our own."""
    started = time.monotonic()
    within = replace(context, deadline=min(context.deadline, started + check.seconds))
    try:
        result = check.run(within)
    except StoppedError:
        raise
    except Exception:
        log.exception("The check %s broke.", check.id)
        result = CheckResult(check.id, check.level, Outcome.DID_NOT_RUN, detail=BROKEN)
    seconds = time.monotonic() - started
    if seconds > check.seconds and result.outcome is Outcome.PASSED:
        result = replace(result, outcome=Outcome.DID_NOT_RUN, detail=too_slow(check.seconds))
    # A check may lower its own level when it cannot do everything here, but never raise it above the request's.
    level = Level.ADVISORY if result.level is Level.ADVISORY else _level(check, certification=certification)
    if result.outcome is Outcome.FAILED:
        level = level_of_errors(level, result.errors, certification=certification)
    return replace(result, level=level, seconds=seconds, title=check.title)


def did_not_run(step: str, *, certification: bool, detail: str, scanners: Rows = ()) -> CheckResult:
    """Return the result of a step that was not started or not finished."""
    level = level_of(step, certification=certification, scanners=scanners)
    check = checks_by_id(scanners).get(step)
    return CheckResult(step, level, Outcome.DID_NOT_RUN, detail=detail, title=check.title if check else "")


def too_slow(seconds: float) -> str:
    """Return the sentence for a check that took too long."""
    return f"The check took longer than its limit of {seconds:.0f} seconds and was stopped."


def read_specification(tree: Tree, *, settings: EngineSettings) -> tuple[Specification | None, CheckResult]:
    """Read connect.yaml of the commit; its problems become findings with line and column."""
    started = time.monotonic()
    name = connect_yaml.FILE_NAME
    kind = tree.kind(name)
    if kind != "file":
        if kind is None:
            finding = MISSING.finding(f"There is no file {name} at the root of the repository.", path=name)
        else:
            what = {"folder": "a folder", "link": "a symbolic link", "submodule": "a submodule"}[kind]
            finding = NOT_A_FILE.finding(f"{name} is {what}, not a regular file.", path=name, line=1, column=1)
        return None, _failed([finding], started)
    if lfs.is_pointer_at(tree, name):
        return None, _failed([NOT_A_FILE.finding(lfs.told(name), path=name, line=1, column=1)], started)
    try:
        # One byte more than allowed is enough to know that the file is too large.
        text = tree.read(name, settings.max_specification_bytes + 1)
        specification = connect_yaml.parse(text, max_bytes=settings.max_specification_bytes)
    except connect_yaml.SpecificationError as error:
        return None, _failed([_finding(problem) for problem in error.problems], started)
    return specification, CheckResult(SPECIFICATION, Level.REQUIRED, Outcome.PASSED, seconds=time.monotonic() - started)


def _finding(problem: connect_yaml.YamlProblem) -> Finding:
    place = f"{problem.path}: " if problem.path else ""
    expected = f" Expected: {problem.expected}." if problem.expected else ""
    return INVALID.finding(
        shown(f"{place}{problem.message}{expected}", limit=MAX_MESSAGE),
        fix=problem.fix,
        application=problem.application,
        path=connect_yaml.FILE_NAME,
        line=problem.line,
        column=problem.column,
    )


def _failed(findings: list[Finding], started: float) -> CheckResult:
    return CheckResult(
        SPECIFICATION,
        Level.REQUIRED,
        Outcome.FAILED,
        with_fingerprints(findings),
        seconds=time.monotonic() - started,
    )
