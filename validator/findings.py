"""Turn findings into a result: safe to show, with stable fingerprints, limited in number."""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from validator.results import Check, CheckResult, Finding, Level, Outcome, Rule, Severity

MAX_FINDINGS = 500
"""How many findings of one check are kept; the others are counted in one more finding."""

MAX_COLLECTED = 10_000
"""How many findings are held in memory while a check runs, so that a flood of them does not fill the memory."""

MAX_SNIPPET = 200
MAX_MESSAGE = 1_000
MAX_PATH = 400

NOT_SHOWN = Rule(
    id="findings-not-shown",
    title="Too many findings to list",
    severity=Severity.NOTE,
    why="A report of thousands of lines helps nobody; only the most severe findings are kept.",
    fix="Fix the findings that are shown and run the checks again.",
)

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
# A zero-width joiner builds emoji and the scripts of India; everything else of these classes can fool a reader.
_HARMLESS = {"\u200c", "\u200d"}


class DidNotRun(Exception):
    """A check could not be started or finished; the text is one sentence for the report."""


def shown(text: str, *, limit: int) -> str:
    """Return the text on one line, without control, direction-changing and broken characters, cut to `limit`."""
    if not text.isprintable():
        text = "".join(_visible(sign) for sign in text[: limit * 2])
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _visible(sign: str) -> str:
    if sign in "\t\n\r":
        return " "
    if sign in _HARMLESS or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return sign
    return "\N{REPLACEMENT CHARACTER}"


def in_time(deadline: float) -> None:
    """Raise DidNotRun when the deadline, in seconds of `time.monotonic`, has passed."""
    if time.monotonic() > deadline:
        raise DidNotRun("The check ran out of time before it had read everything.")


def with_fingerprints(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, each with a fingerprint; equal ones are distinguished by their order in the file."""
    rows = list(findings)
    seen: Counter[str] = Counter()
    prints: dict[int, str] = {}
    for number in sorted(range(len(rows)), key=lambda n: (rows[n].path or "", rows[n].line or 0, rows[n].column or 0)):
        first = rows[number].identity()
        prints[number] = rows[number].identity(seen[first])
        seen[first] += 1
    return tuple(replace(row, fingerprint=prints[number]) for number, row in enumerate(rows))


def conclude(
    check: Check, findings: Iterable[Finding], *, level: Level | None = None, tool: str = "", detail: str = ""
) -> CheckResult:
    """Return the result of a check from what it finds: failed if any finding is an error.

    The findings are cleaned, ordered by severity and place, and given fingerprints. DidNotRun, raised while they
    are made, ends in `did not run` with what was found until then.
    """
    milder = {rule.id for rule in check.rules if rule.certification_only}
    kept: list[Finding] = []
    total, errors, worst = 0, 0, Outcome.PASSED
    try:
        for finding in findings:
            total += 1
            if finding.severity is Severity.ERROR:
                worst = Outcome.FAILED
            stops_all = finding.severity is Severity.ERROR and finding.rule not in milder
            errors += stops_all
            # A finding that fails the check is kept however late it comes.
            if len(kept) < MAX_COLLECTED or (stops_all and errors <= MAX_FINDINGS):
                kept.append(_clean(finding))
    except DidNotRun as stop:
        worst, detail = Outcome.DID_NOT_RUN, str(stop)
    kept = sorted(
        with_fingerprints(kept),
        key=lambda f: (_ORDER[f.severity], f.rule in milder, f.path or "", f.line or 0, f.column or 0),
    )
    if total > MAX_FINDINGS:
        kept = kept[:MAX_FINDINGS]
        kept += with_fingerprints([NOT_SHOWN.finding(f"{total - MAX_FINDINGS} more findings are not shown.")])
    return CheckResult(
        check=check.id,
        level=level or check.level,
        outcome=worst,
        findings=tuple(kept),
        detail=shown(detail, limit=MAX_MESSAGE),
        tool=tool,
    )


def _clean(finding: Finding) -> Finding:
    return replace(
        finding,
        message=shown(finding.message, limit=MAX_MESSAGE),
        snippet=shown(finding.snippet, limit=MAX_SNIPPET),
        path=None if finding.path is None else shown(finding.path, limit=MAX_PATH),
    )
