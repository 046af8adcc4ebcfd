"""Running one check: its level for this request, its time, and its faults, which never count as passed."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from connectors.validation import specification as connect_yaml
from connectors.validation.checks import CHECKS
from connectors.validation.findings import MAX_MESSAGE, shown, with_fingerprints
from connectors.validation.results import (
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

log = logging.getLogger(__name__)

REPOSITORY: Final = "repository"
SPECIFICATION: Final = "specification"
SPECIFICATION_SECONDS: Final = 20.0
BROKEN: Final = "The check could not be completed because of a fault on our side."

MISSING = Rule(
    "specification-missing",
    "connect.yaml is missing",
    Severity.ERROR,
    "The specification file says which applications the connector has and how they are configured.",
    "Add a file connect.yaml at the root of the repository; the name is written in small letters.",
)
NOT_A_FILE = Rule(
    "specification-not-a-file",
    "connect.yaml is not a regular file",
    Severity.ERROR,
    "Links and submodules lead out of the commit that is checked, so they are not followed.",
    "Replace it by a regular file that holds the specification.",
)
INVALID = Rule(
    "specification-invalid",
    "connect.yaml is not valid",
    Severity.ERROR,
    "A connector can only be deployed as its specification file says.",
    "Correct the place that is named.",
)
RULES: Final = (MISSING, NOT_A_FILE, INVALID)


def checks_by_id() -> Mapping[str, Check]:
    """Return the registered checks in their order."""
    return {check.id: check for check in CHECKS}


def seconds_of(step: str) -> float:
    """Return the longest time that a step may take."""
    return SPECIFICATION_SECONDS if step == SPECIFICATION else checks_by_id()[step].seconds


def level_of(step: str, *, certification: bool) -> Level:
    """Return what a step means for this request: what only certification asks for is advice otherwise."""
    if step == SPECIFICATION:
        return Level.REQUIRED
    check = checks_by_id()[step]
    return Level.ADVISORY if check.certification_only and not certification else check.level


def run_check(check: Check, context: CheckContext, *, certification: bool) -> CheckResult:
    """Run one check; a fault in it, or too much time, ends in `did not run` with a sentence of our own."""
    started = time.monotonic()
    within = replace(context, deadline=min(context.deadline, started + check.seconds))
    try:
        result = check.run(within)
    except Exception:
        log.exception("The check %s broke.", check.id)
        result = did_not_run(check.id, certification=certification, detail=BROKEN)
    seconds = time.monotonic() - started
    if seconds > check.seconds and result.outcome is Outcome.PASSED:
        result = replace(result, outcome=Outcome.DID_NOT_RUN, detail=too_slow(check.seconds))
    # A check may lower its own level for what it can do here, but what was asked for never rises above the request.
    level = Level.ADVISORY if result.level is Level.ADVISORY else level_of(check.id, certification=certification)
    return replace(result, level=level, seconds=seconds)


def did_not_run(step: str, *, certification: bool, detail: str) -> CheckResult:
    """Return the result of a step that was not done, or not to its end."""
    return CheckResult(step, level_of(step, certification=certification), Outcome.DID_NOT_RUN, detail=detail)


def too_slow(seconds: float) -> str:
    """Say that a check took too long."""
    return f"The check took longer than its limit of {seconds:.0f} seconds and was stopped."


def read_specification(tree: Tree, *, settings: EngineSettings) -> tuple[Specification | None, CheckResult]:
    """Read connect.yaml of the commit; what is wrong with it are findings with line and column."""
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
    try:
        # One byte more than allowed is enough to know that the file is too large.
        text = tree.read(name, settings.max_specification_bytes + 1)
        specification = connect_yaml.parse(text, max_bytes=settings.max_specification_bytes)
    except connect_yaml.SpecificationError as error:
        return None, _failed([_finding(problem) for problem in error.problems], started)
    return specification, CheckResult(SPECIFICATION, Level.REQUIRED, Outcome.PASSED, seconds=time.monotonic() - started)


def _finding(problem: connect_yaml.Problem) -> Finding:
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
