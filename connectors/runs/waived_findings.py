"""Match waivers with findings, and apply them to a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Protocol

from connectors.models import ConnectorStaged, Waiver
from validator import steps
from validator.results import NEEDED_TO_CERTIFY, CheckResult, Outcome, Report


class FindingPlace(Protocol):
    """The fields of a finding that waivers use, whether from the engine or stored."""

    @property
    def rule(self) -> str: ...
    @property
    def path(self) -> str | None: ...
    @property
    def package(self) -> str | None: ...
    @property
    def advisory(self) -> str | None: ...
    @property
    def fingerprint(self) -> str: ...


def active(draft: ConnectorStaged, *, now: datetime) -> list[Waiver]:
    """Return the active waivers of a connector."""
    return list(draft.waivers.active(now=now))


def covers(waiver: Waiver, finding: FindingPlace) -> bool:
    """Return whether a waiver covers a finding.

    A place is a rule and a path: a file, a folder with a trailing `/`, or a pattern with `*`.
    """
    match waiver.scope:
        case Waiver.Scope.FINDING:
            return bool(finding.fingerprint) and waiver.fingerprint == finding.fingerprint
        case Waiver.Scope.ADVISORY:
            return (waiver.package, waiver.advisory) == (finding.package, finding.advisory)
        case _:
            return waiver.rule == finding.rule and _is_at(finding.path or "", waiver.path)


def covering(waivers: Iterable[Waiver], finding: FindingPlace) -> Waiver | None:
    """Return the first waiver that covers a finding, or None."""
    return next((waiver for waiver in waivers if covers(waiver, finding)), None)


def excuse(report: Report, waivers: Sequence[Waiver], *, certification: bool) -> Report:
    """Return the report with the waivers applied: a required check whose errors are all waived passes, with a note.

    Waived findings stay in the report, they just do not block. `certification` is the kind of request: if the remaining
    errors only block a certificate, the check does not block a private publish.
    """
    if not waivers:
        return report
    return replace(
        report, results=tuple(_excused(result, waivers, certification=certification) for result in report.results)
    )


def _excused(result: CheckResult, waivers: Sequence[Waiver], *, certification: bool) -> CheckResult:
    errors = result.errors
    if result.outcome is not Outcome.FAILED or result.level not in NEEDED_TO_CERTIFY or not errors:
        return result
    if left := [finding for finding in errors if covering(waivers, finding) is None]:
        return replace(result, level=steps.level_of_errors(result.level, left, certification=certification))
    words = "1 finding is" if len(errors) == 1 else f"{len(errors)} findings are"
    return replace(result, outcome=Outcome.PASSED, detail=f"{words} waived. {result.detail}".strip())


def _is_at(path: str, place: str) -> bool:
    if place.endswith("/"):
        return path.startswith(place)
    return path == place or ("*" in place and fnmatchcase(path, place))
