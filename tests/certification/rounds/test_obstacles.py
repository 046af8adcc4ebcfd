"""What prevents a certificate, in the words that reviewers and developers read, and where it is resolved."""

from __future__ import annotations

import pytest

from accounts.models import Project
from certification.errors import Obstacle
from certification.evidence.criteria import Row
from certification.evidence.machine_evidence import Evidence, Seen, Since
from certification.models import Criterion, Round, Verdict
from certification.rounds import obstacles
from connectors.models import CheckResult, Finding

COMMIT, ELSEWHERE = "a" * 40, "b" * 40
BLOCKING = Seen(finding=Finding(check_id="secrets"), since=Since.NEW, blocks=True)


def round_(commit: str = COMMIT) -> Round:
    return Round(project=Project(key="acme", name="Acme"), tag="1.0.0", commit=commit)


def result(outcome: str = "passed", *, level: str = "required", title: str = "Secrets") -> CheckResult:
    return CheckResult(check_id="secrets", title=title, level=level, outcome=outcome)


def evidence(*results: CheckResult, seen: tuple[Seen, ...] = (), moved_to: str = "", problem: str = "") -> Evidence:
    """Return evidence of one check that passed, but for what is given."""
    return Evidence(
        run=None,
        results=results or (result(),),
        findings=seen,
        base=None,
        moved_to=moved_to,
        rechecking=False,
        tag_problem=problem,
    )


MOVED = "The tag 1.0.0 now leads to bbbbbbbbbb, not to the reviewed commit aaaaaaaaaa."
UNKNOWN = "The tag 1.0.0 could not be compared with the reviewed commit: The server does not answer."
NEEDED = "The check “Secrets”, which a certificate needs, did not run."
UNPINNED = "No validated commit is pinned to this round. Re-run the checks."
SILENT = "The server does not answer."


@pytest.mark.parametrize(
    ("commit", "known", "said"),
    [
        (COMMIT, evidence(), []),
        (COMMIT, evidence(moved_to=ELSEWHERE), [MOVED]),
        (COMMIT, evidence(problem=SILENT), [UNKNOWN]),
        ("", evidence(moved_to=ELSEWHERE), [UNPINNED]),
    ],
)
def test_the_tag_leads_to_the_reviewed_commit(commit: str, known: Evidence, said: list[str]) -> None:
    assert obstacles.of_machine(round_(commit), known) == [Obstacle(sentence, "why") for sentence in said]


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ((result(), result("failed", level="advisory")), []),
        ((result("failed"),), ["The required check “Secrets” failed."]),
        ((result("did not run"),), ["The required check “Secrets” did not run."]),
        (
            (result("did not run", level="certify"),),
            [NEEDED],
        ),
        (
            (result("failed"), result("failed", title="Documentation")),
            ["The required check “Secrets” failed.", "The required check “Documentation” failed."],
        ),
        ((result(level="advisory"),), ["No required check ran on this commit. Re-run the checks."]),
    ],
)
def test_every_check_that_a_certificate_needs_has_passed(results: tuple[CheckResult, ...], said: list[str]) -> None:
    assert obstacles.of_machine(round_(), evidence(*results)) == [Obstacle(sentence, "findings") for sentence in said]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, []),
        (1, ["1 blocking finding is open and not waived."]),
        (2, ["2 blocking findings are open and not waived."]),
    ],
)
def test_no_blocking_finding_is_open(number: int, said: list[str]) -> None:
    found = obstacles.of_machine(round_(), evidence(seen=(BLOCKING,) * number))

    assert found == [Obstacle(sentence, "findings") for sentence in said]


def criterion(title: str, value: str = "", *, level: str = "must", missing: tuple[str, ...] = (), why: str = "") -> Row:
    """Return a criterion with a verdict of this value, or without one."""
    verdict = Verdict(value=value, comment=why) if value else None
    return Row(Criterion(title=title, level=level), verdict, results=(), missing=missing, findings=0)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([criterion("License", "pass"), criterion("Tests", level="should")], []),
        ([criterion("License")], ["1 criterion is not decided: License."]),
        ([criterion("License"), criterion("Tests")], ["2 criteria are not decided: License, Tests."]),
        ([criterion(title) for title in "ABC"], ["3 criteria are not decided: A, B, C."]),
        ([criterion(title) for title in "ABCD"], ["4 criteria are not decided: A, B, C and 1 more."]),
        ([criterion(title) for title in "ABCDE"], ["5 criteria are not decided: A, B, C and 2 more."]),
        ([criterion("License", "fail")], ["The criterion “License” failed."]),
        ([criterion("Tests", "fail", level="should")], []),
        (
            [criterion("License", "pass", missing=("documentation", "secrets"))],
            [
                "“License” was not checked by machine (documentation, secrets did not run). "
                "Say how you checked it, or why it does not apply."
            ],
        ),
        ([criterion("License", "pass", missing=("documentation",), why="Read by hand.")], []),
        (
            [criterion("License"), criterion("Tests", "fail")],
            ["1 criterion is not decided: License.", "The criterion “Tests” failed."],
        ),
    ],
)
def test_every_criterion_is_decided_and_none_failed(rows: list[Row], said: list[str]) -> None:
    assert obstacles.of_criteria(rows) == [Obstacle(sentence, "criteria") for sentence in said]
