"""The obstacles to a certificate. Reviewers see all of them, developers those from the checks."""

from __future__ import annotations

from certification.errors import Obstacle
from certification.evidence import criteria
from certification.evidence.machine_evidence import Evidence
from certification.models import Round
from connectors.models import CheckResult
from validator.results import Level

Outcome = CheckResult.Outcome
MOST_TITLES = 3


def of_machine(round_: Round, evidence: Evidence) -> list[Obstacle]:
    """Return the obstacles to a certificate that do not depend on reviewers' decisions; developers see them as well."""
    return [*_commit(round_, evidence), *_checks(evidence), *_findings(evidence)]


def of_criteria(rows: list[criteria.Row]) -> list[Obstacle]:
    """Return the obstacles from undecided, failed and unproven criteria."""
    found = []
    left, lost = criteria.undecided(rows), criteria.failed(rows)
    if left:
        words = "1 criterion is" if len(left) == 1 else f"{len(left)} criteria are"
        found.append(Obstacle(f"{words} not decided: {_some([row.criterion.title for row in left])}.", "criteria"))
    found += [Obstacle(f"The criterion “{row.criterion.title}” failed.", "criteria") for row in lost]
    found += [Obstacle(needs_reason(row), "criteria") for row in criteria.unproven(rows)]
    return found


def needs_reason(row: criteria.Row) -> str:
    """Return why a verdict on a criterion needs a reason: a check that did not run is not evidence."""
    return (
        f"“{row.criterion.title}” was not checked by machine ({', '.join(row.not_run)} did not run). "
        "Say how you checked it, or why it does not apply."
    )


def tag_unknown(round_: Round, problem: str) -> Obstacle:
    """Return the obstacle when the lookup of the tag failed."""
    return Obstacle(f"The tag {round_.tag} could not be compared with the reviewed commit: {problem}", "why")


def _commit(round_: Round, evidence: Evidence) -> list[Obstacle]:
    if not round_.commit:
        return [Obstacle("No validated commit is pinned to this round. Re-run the checks.", "why")]
    if now := evidence.moved_to:
        return [
            Obstacle(
                f"The tag {round_.tag} now leads to {now[:10]}, not to the reviewed commit {round_.commit[:10]}.", "why"
            )
        ]
    return [tag_unknown(round_, evidence.tag_problem)] if evidence.tag_problem else []


def _checks(evidence: Evidence) -> list[Obstacle]:
    if not evidence.needed:
        return [Obstacle("No required check ran on this commit. Re-run the checks.", "findings")]
    return [
        Obstacle(f"{_named(result)} {Outcome(result.outcome).label.lower()}.", "findings")
        for result in evidence.missing
    ]


def _named(result: CheckResult) -> str:
    """Return a check's name and level. A check that only a certificate needs is not called required."""
    if result.level == Level.REQUIRED:
        return f"The required check “{result.title}”"
    return f"The check “{result.title}”, which a certificate needs,"


def _findings(evidence: Evidence) -> list[Obstacle]:
    number = len(evidence.blocking)
    if not number:
        return []
    words = "1 blocking finding is open" if number == 1 else f"{number} blocking findings are open"
    return [Obstacle(f"{words} and not waived.", "findings")]


def _some(titles: list[str]) -> str:
    more = len(titles) - MOST_TITLES
    return ", ".join(titles[:MOST_TITLES]) + (f" and {more} more" if more > 0 else "")
