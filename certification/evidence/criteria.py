"""The criteria of a round: each with its machine evidence and its verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from certification.evidence import machine_evidence
from certification.evidence.machine_evidence import Evidence, Since
from certification.models import Criterion, Round, Verdict
from connectors.models import CheckResult
from validator.results import Severity

Outcome = CheckResult.Outcome


@dataclass(frozen=True)
class Row:
    """One criterion of a round, with its verdict and the results of its checks.

    `relied_on` is true when a check ran before the verdict but not in the current run: the reason cannot cover that.
    """

    criterion: Criterion
    verdict: Verdict | None
    results: tuple[CheckResult, ...]
    missing: tuple[str, ...]
    findings: int
    relied_on: bool = False

    @property
    def must(self) -> bool:
        """Whether a failure stops the certificate."""
        return self.criterion.level == Criterion.Level.MUST

    @property
    def not_run(self) -> list[str]:
        """The titles of its checks that did not run, or that this installation does not have."""
        return [*(r.title or r.check_id for r in self.results if r.outcome == Outcome.DID_NOT_RUN), *self.missing]

    @property
    def unproven(self) -> bool:
        """Whether it was settled without a reason although one of its checks did not run."""
        return self.settled and bool(self.not_run) and (not self.reason or self.relied_on)

    @property
    def settled(self) -> bool:
        """Whether it passed or does not apply, now or in an earlier round from which the verdict is carried over."""
        return self.verdict is not None and self.verdict.value != Verdict.Value.FAIL

    @property
    def reason(self) -> str:
        """What the reviewer wrote with the verdict."""
        return self.verdict.comment.strip() if self.verdict else ""

    @property
    def clean(self) -> bool:
        """Whether it has checks, all of them ran, and none found anything."""
        ran = bool(self.results) and not self.not_run
        return ran and not self.findings and all(result.outcome == Outcome.PASSED for result in self.results)


def rows_of(row: Round, evidence: Evidence) -> list[Row]:
    """Return the active criteria of a round, and those with a verdict that are no longer active."""
    verdicts = {v.criterion_id: v for v in row.verdicts.select_related("criterion", "by", "carried_from")}
    listed = [c for c in Criterion.objects.all() if c.active or c.pk in verdicts]
    return [_row(row, criterion, verdicts.get(criterion.pk), evidence) for criterion in listed]


def row_of(row: Round, criterion: Criterion, evidence: Evidence) -> Row:
    """Return one criterion of a round."""
    return _row(row, criterion, row.verdicts.filter(criterion=criterion).select_related("by").first(), evidence)


def undecided(rows: Iterable[Row]) -> list[Row]:
    """Return the `must` criteria without a verdict."""
    return [row for row in rows if row.must and row.verdict is None]


def failed(rows: Iterable[Row]) -> list[Row]:
    """Return the `must` criteria that failed."""
    return [row for row in rows if row.must and row.verdict is not None and row.verdict.value == Verdict.Value.FAIL]


def unproven(rows: Iterable[Row]) -> list[Row]:
    """Return the criteria that were settled without a reason although a check did not run."""
    return [row for row in rows if row.unproven]


def _row(row: Round, criterion: Criterion, verdict: Verdict | None, evidence: Evidence) -> Row:
    found = [(check, evidence.of_check(check)) for check in criterion.checks]
    silent = [check for check, result in found if result is None or result.outcome == Outcome.DID_NOT_RUN]
    return Row(
        criterion=criterion,
        verdict=verdict,
        results=tuple(result for _, result in found if result is not None),
        missing=tuple(check for check, result in found if result is None),
        findings=sum(
            1
            for s in evidence.findings
            if s.finding.check_id in criterion.checks
            and s.since in (Since.NEW, Since.STILL)
            and s.finding.severity != Severity.NOTE
        ),
        relied_on=bool(silent) and verdict is not None and _ran_at(row, verdict, silent, evidence),
    )


def _ran_at(row: Round, verdict: Verdict, checks: list[str], evidence: Evidence) -> bool:
    """Return whether one of these checks had run at the time of the verdict, in an earlier run than the current one."""
    if evidence.run is None or evidence.run.finished_at is None or evidence.run.finished_at <= verdict.at:
        return False
    before = machine_evidence.run_of(row, at=verdict.at)
    return (
        before is not None and before.results.filter(check_id__in=checks).exclude(outcome=Outcome.DID_NOT_RUN).exists()
    )
