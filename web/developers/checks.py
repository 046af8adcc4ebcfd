"""What a validation run found, as the pages show it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from connectors.models import CheckResult, Finding, ValidationRun
from connectors.runs import runs
from validator.results import Level
from validator.source import addresses


@dataclass(frozen=True)
class FindingRow:
    """A finding with the address of its line at the checked commit ("" when there is none)."""

    finding: Finding
    link: str

    @property
    def place(self) -> str:
        """Return file and line in short."""
        line = f":{self.finding.line}" if self.finding.line else ""
        return f"{self.finding.path}{line}" if self.finding.path else ""


@dataclass(frozen=True)
class CheckRow:
    """A check and what it found."""

    check: CheckResult
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True)
class RunPanel:
    """One run with everything below it."""

    run: ValidationRun
    checks: tuple[CheckRow, ...]
    other_findings: tuple[FindingRow, ...] = ()
    rests: bool = False
    """Whether it waits because the Project has had too many connect.yaml files read."""

    @property
    def is_open(self) -> bool:
        """Whether there is more to come."""
        return self.run.is_open

    @property
    def report(self) -> dict[str, Any]:
        """Return the entries of a run that ended before any check, as a report."""
        return {"entries": self.run.entries}

    @property
    def blocking(self) -> tuple[CheckRow, ...]:
        """Return the required checks that did not pass; what only the certificate needs stops no request."""
        passed = CheckResult.Outcome.PASSED
        return tuple(r for r in self.checks if r.check.level == Level.REQUIRED and r.check.outcome != passed)

    @property
    def done(self) -> int:
        """How many checks have ended."""
        return sum(row.check.outcome not in UNFINISHED for row in self.checks)


UNFINISHED = {CheckResult.Outcome.QUEUED, CheckResult.Outcome.RUNNING}


def panel(run: ValidationRun) -> RunPanel:
    """Load a run's results and findings in two queries."""
    by_check: dict[str, list[FindingRow]] = defaultdict(list)
    for finding in run.findings.all():
        by_check[finding.check_id].append(FindingRow(finding, link_of(finding, run=run)))
    checks = tuple(CheckRow(result, tuple(by_check.pop(result.check_id, ()))) for result in run.results.all())
    others = tuple(row for rows in by_check.values() for row in rows)
    return RunPanel(run, checks, others, rests=runs.rests(run, now=timezone.now()))


def link_of(finding: Finding, *, run: ValidationRun) -> str:
    """Return the permalink of a finding's place, or "" without a commit or a file."""
    if not run.commit or not finding.path:
        return ""
    try:
        return addresses.permalink(
            run.url, commit=run.commit, path=finding.path, line=finding.line, allowed_hosts=settings.GIT_HOSTS
        )
    except ValueError:
        return ""
