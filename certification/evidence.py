"""What the machine knows about a round: the run that counts, how its findings stand, and whether the tag moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet

from certification.choices import Decision
from certification.models import Round
from connectors import waivers
from connectors.models import CheckResult, Finding, ValidationRun, Waiver
from connectors.validation.results import NEEDED_TO_CERTIFY, Severity

FINISHED = (ValidationRun.State.PASSED, ValidationRun.State.FAILED, ValidationRun.State.ERRORED)
KINDS = (ValidationRun.Kind.PUBLISH, ValidationRun.Kind.RECHECK)


class Since(StrEnum):
    """How a finding stands against the base."""

    NEW = "new"
    STILL = "still there"
    FIXED = "fixed"
    WAIVED = "waived"


@dataclass(frozen=True)
class Seen:
    """One finding in a round. `blocks` is true for an open error of a required check."""

    finding: Finding
    since: Since
    blocks: bool
    waiver: Waiver | None = None


@dataclass(frozen=True)
class Evidence:
    """The run that counts for a round, with its results and findings."""

    run: ValidationRun | None
    results: tuple[CheckResult, ...]
    findings: tuple[Seen, ...]
    base: Round | None
    moved_to: str
    rechecking: bool

    def of_check(self, check_id: str) -> CheckResult | None:
        """Return the result of a check, or None when the run has none."""
        return next((result for result in self.results if result.check_id == check_id), None)

    def group(self, since: Since) -> list[Seen]:
        """Return the findings that stand like this."""
        return [seen for seen in self.findings if seen.since is since]

    @property
    def blocking(self) -> list[Seen]:
        """The findings that stand in the way of a certificate."""
        return [seen for seen in self.findings if seen.blocks]


def gather(row: Round, *, now: datetime, base: Round | None = None) -> Evidence:
    """Return the evidence of a round; findings are compared with those of `base`, by default `base_of`."""
    base = base or base_of(row)
    run = run_of(row)
    active = waivers.active(row.draft, now=now)
    results = tuple(run.results.all()) if run else ()
    required = {result.check_id for result in results if result.level in NEEDED_TO_CERTIFY}
    before = {finding.fingerprint: finding for finding in _findings(run_of(base) if base else None)}
    found = _findings(run)
    current = {finding.fingerprint for finding in found}
    seen = [_seen(finding, before, active, required) for finding in found]
    # Silence of a check that did not run is no news: only one that looked can say that something is gone.
    looked = {
        row.check_id for row in results if row.outcome in (CheckResult.Outcome.PASSED, CheckResult.Outcome.FAILED)
    }
    gone = [one for print_, one in before.items() if print_ not in current and one.check_id in looked]
    seen += [Seen(finding, Since.FIXED, False) for finding in gone]
    later = _runs(row).first() if row.is_open else None
    newest = _runs(row).filter(state__in=FINISHED).exclude(commit="").first() if row.is_open else None
    return Evidence(
        run=run,
        results=results,
        findings=tuple(seen),
        base=base,
        moved_to=newest.commit if newest and row.commit and newest.commit != row.commit else "",
        rechecking=later is not None and later.is_open,
    )


def run_of(row: Round) -> ValidationRun | None:
    """Return the last finished run over the round's commit: a repeated check replaces what was known before."""
    if not row.commit:
        return row.run
    rows = _runs(row).filter(commit=row.commit, state__in=FINISHED)
    if row.decided_at is not None:
        rows = rows.filter(finished_at__lte=row.decided_at)
    return rows.first() or row.run


def base_of(row: Round) -> Round | None:
    """Return the round that this one is compared with: the last certified one, else the one before."""
    earlier = Round.objects.filter(draft_id=row.draft_id, number__lt=row.number).order_by("-number")
    return earlier.filter(decision=Decision.CERTIFIED).first() or earlier.first()


def _runs(row: Round) -> QuerySet[ValidationRun]:
    return ValidationRun.objects.filter(draft_id=row.draft_id, kind__in=KINDS).order_by("-queued_at")


def _findings(run: ValidationRun | None) -> Sequence[Finding]:
    return list(run.findings.all()) if run else []


def _seen(finding: Finding, before: dict[str, Finding], active: Sequence[Waiver], required: set[str]) -> Seen:
    waiver = waivers.covering(active, finding)
    if waiver is not None:
        return Seen(finding, Since.WAIVED, False, waiver)
    since = Since.STILL if finding.fingerprint in before else Since.NEW
    return Seen(finding, since, finding.severity == Severity.ERROR and finding.check_id in required)
