"""What the checks found for a round: the run that counts, its findings, and where its tag leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.db.models import QuerySet

from certification.choices import Decision
from certification.models import Look, Round
from connectors.models import CheckResult, Finding, ValidationRun, Waiver
from connectors.runs import waived_findings
from validator.results import NEEDED_TO_CERTIFY, Severity

FINISHED = (ValidationRun.State.PASSED, ValidationRun.State.FAILED, ValidationRun.State.ERRORED)
NEVER = datetime.min.replace(tzinfo=UTC)
KINDS = (ValidationRun.Kind.PUBLISH, ValidationRun.Kind.RECHECK)


class Since(StrEnum):
    """The state of a finding compared with the base."""

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
class TagLookup:
    """What a lookup of a tag came to at a moment, None for none: a commit, or why there is none."""

    at: datetime | None = None
    commit: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Evidence:
    """The run that counts for a round, with its results and findings.

    `moved_to` is the commit that the tag leads to instead of the reviewed one, according to the last lookup, and
    `tag_problem` why that lookup failed.
    """

    run: ValidationRun | None
    results: tuple[CheckResult, ...]
    findings: tuple[Seen, ...]
    base: Round | None
    moved_to: str
    rechecking: bool
    tag_problem: str = ""

    def of_check(self, check_id: str) -> CheckResult | None:
        """Return the result of a check, or None when the run has none."""
        return next((result for result in self.results if result.check_id == check_id), None)

    def group(self, since: Since) -> list[Seen]:
        """Return the findings in this state."""
        return [seen for seen in self.findings if seen.since is since]

    @property
    def needed(self) -> list[CheckResult]:
        """The results that a certificate depends on."""
        return [result for result in self.results if result.level in NEEDED_TO_CERTIFY]

    @property
    def missing(self) -> list[CheckResult]:
        """The needed results that prevent a certificate: the check failed or did not run, and is not excused."""
        return [r for r in self.needed if r.outcome != CheckResult.Outcome.PASSED and not self._is_excused(r)]

    @property
    def did_not_run(self) -> list[CheckResult]:
        """Those of `missing` whose check did not run."""
        return [result for result in self.missing if result.outcome == CheckResult.Outcome.DID_NOT_RUN]

    def _is_excused(self, result: CheckResult) -> bool:
        """Return whether a failed check counts as passed: it has waived findings, and none that blocks."""
        if result.outcome != CheckResult.Outcome.FAILED:
            return False
        own = [seen for seen in self.findings if seen.finding.check_id == result.check_id]
        return any(seen.since is Since.WAIVED for seen in own) and not any(seen.blocks for seen in own)

    @property
    def blocking(self) -> list[Seen]:
        """The findings that block a certificate."""
        return [seen for seen in self.findings if seen.blocks]


def gather(row: Round, *, now: datetime, base: Round | None = None) -> Evidence:
    """Return the evidence of a round; findings are compared with those of `base`, by default `base_of`."""
    base = base or base_of(row)
    run = run_of(row)
    active = waived_findings.active(row.draft, now=now)
    results = tuple(run.results.all()) if run else ()
    required = {result.check_id for result in results if result.level in NEEDED_TO_CERTIFY}
    before = {finding.fingerprint: finding for finding in _findings(run_of(base) if base else None)}
    found = _findings(run)
    current = {finding.fingerprint for finding in found}
    seen = [_seen(finding, before, active, required) for finding in found]
    # A check that did not run finds nothing. Only a check that ran can show that a finding is gone.
    looked = {
        row.check_id for row in results if row.outcome in (CheckResult.Outcome.PASSED, CheckResult.Outcome.FAILED)
    }
    gone = [one for print_, one in before.items() if print_ not in current and one.check_id in looked]
    seen += [Seen(finding, Since.FIXED, False) for finding in gone]
    later = _runs(row).first() if row.is_open else None
    last = last_lookup(row) if row.is_open else TagLookup()
    return Evidence(
        run=run,
        results=results,
        findings=tuple(seen),
        base=base,
        moved_to=last.commit if row.commit and last.commit != row.commit else "",
        rechecking=later is not None and later.is_open,
        tag_problem=last.problem,
    )


def last_lookup(row: Round) -> TagLookup:
    """Return the commit that a round's tag led to when a worker last looked it up, or why that failed.

    Every lookup counts: that before a certificate, a run of the checks, which begins with one, and the list of tags
    that reviewers compare with.
    """
    found: list[TagLookup] = []
    if row.tag_looked_up_at is not None:
        found.append(TagLookup(row.tag_looked_up_at, row.tag_commit, row.tag_problem))
    run = _runs(row).filter(state__in=FINISHED, tag=row.tag).exclude(commit="").first()
    if run is not None and run.started_at is not None:
        found.append(TagLookup(run.started_at, run.commit))
    listed = Look.objects.filter(draft_id=row.draft_id, url=row.draft.repository_url, tag="", state=Look.State.DONE)
    for since, names in listed.values_list("since", "tags"):
        found += [TagLookup(since, commit) for name, commit in names if name == row.tag]
    return max(found, default=TagLookup(), key=lambda one: one.at or NEVER)


def run_of(row: Round, *, at: datetime | None = None) -> ValidationRun | None:
    """Return the last finished run for the round's commit: a newer run replaces the older ones.

    `at` limits it to runs that were finished by then, by default by the decision, or now.
    """
    if not row.commit:
        return row.run
    rows = _runs(row).filter(commit=row.commit, state__in=FINISHED)
    if (moment := at or row.decided_at) is not None:
        rows = rows.filter(finished_at__lte=moment)
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
    waiver = waived_findings.covering(active, finding)
    if waiver is not None:
        return Seen(finding, Since.WAIVED, False, waiver)
    since = Since.STILL if finding.fingerprint in before else Since.NEW
    return Seen(finding, since, finding.severity == Severity.ERROR and finding.check_id in required)
