"""Verdicts, their evidence, and what is carried over."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Event, User
from accounts.roles import Role
from certification.errors import NotAllowed, ReviewError, Stale
from certification.evidence import criteria, machine_evidence
from certification.models import Criterion, Round, Verdict
from certification.rounds.abilities import abilities
from certification.verdicts import carry_over, verdicts
from certification.verdicts.verdict_file import Given
from connectors.models import CheckResult
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db


def sheet() -> dict[str, criteria.Row]:
    row = Round.objects.get()
    return {r.criterion.key: r for r in criteria.rows_of(row, machine_evidence.gather(row, now=timezone.now()))}


def obstacles(by: User) -> list[str]:
    return [str(found) for found in abilities(Round.objects.get(), by).obstacles]


def test_each_criterion_stands_with_its_evidence(world: World, reviewer: User) -> None:
    world.begun(reviewer, problems=[Problem(severity="warning")])

    rows = sheet()

    assert [r.title for r in rows["secrets"].results] == ["Secrets"]
    assert (rows["secrets"].findings, rows["secrets"].clean) == (1, False)
    assert rows["documentation"].clean
    assert rows["dependencies"].missing == ("dependencies",)
    assert not rows["dependencies"].clean
    assert not rows["function"].clean


def test_a_verdict_is_given_and_changed(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    first = verdicts.decide(draft.pk, "function", "pass", by=reviewer, version=0)
    second = verdicts.decide(draft.pk, "function", "fail", by=reviewer, comment="It does nothing.", version=1)

    assert (first.pk, second.version, second.value) == (second.pk, 2, "fail")
    changed = Event.objects.filter(name="verdict:given").latest("pk").details
    assert (changed["criterion"], changed["from"], changed["to"]) == ("function", "pass", "fail")


def test_a_verdict_of_somebody_else_is_not_overwritten_unseen(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    verdicts.decide(draft.pk, "function", "fail", by=world.person("Rob"), comment="No.", version=0)

    with pytest.raises(Stale, match="Rob said “Fail”"):
        verdicts.decide(draft.pk, "function", "pass", by=reviewer, version=0)

    assert sheet()["function"].verdict.value == "fail"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("function", "maybe", "Choose"),
        ("function", "carried", "Choose"),
        ("function", "fail", "Say what is wrong"),
        ("unknown", "pass", "no such criterion"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused(world: World, reviewer: User, key: str, value: str, said: str) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError, match=said):
        verdicts.decide(draft.pk, key, value, by=reviewer)


def test_an_auditor_gives_no_verdict(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(NotAllowed):
        verdicts.decide(draft.pk, "function", "pass", by=world.person("Ann", Role.AUDITOR))


def test_clean_evidence_is_accepted_at_once_and_nothing_else(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer, problems=[Problem(severity="warning")])

    assert verdicts.accept_evidence(draft.pk, by=reviewer) == 2

    given = {key for key, row in sheet().items() if row.verdict}
    assert given == {"documentation", "code"}
    with pytest.raises(ReviewError, match="prove no criterion that is still undecided"):
        verdicts.accept_evidence(draft.pk, by=reviewer)


@pytest.mark.parametrize("outcome", ["did not run", None])
def test_a_pass_needs_a_reason_where_the_check_did_not_run(world: World, reviewer: User, outcome: str | None) -> None:
    key = "secrets" if outcome else "dependencies"
    draft = world.begun(reviewer, outcomes={"secrets": outcome} if outcome else None)

    with pytest.raises(ReviewError, match="not checked by machine"):
        verdicts.decide(draft.pk, key, "pass", by=reviewer, comment=" ")
    verdicts.decide(draft.pk, key, "pass", by=reviewer, comment="Compared with the advisories by hand.")

    assert not sheet()[key].unproven


@pytest.mark.parametrize(
    ("key", "outcome"), [("secrets", "passed"), ("secrets", "failed"), ("function", "passed"), ("callers", "passed")]
)
def test_a_pass_needs_no_reason_where_all_checks_ran_or_there_are_none(
    world: World, reviewer: User, key: str, outcome: str
) -> None:
    draft = world.begun(reviewer, outcomes={"secrets": outcome})

    assert verdicts.decide(draft.pk, key, "pass", by=reviewer).value == "pass"


def test_a_check_that_stops_running_takes_the_proof_from_an_earlier_pass(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.decided(draft, reviewer, but=["secrets"])
    verdicts.decide(draft.pk, "secrets", "pass", by=reviewer)
    CheckResult.objects.filter(check_id="secrets").update(outcome=CheckResult.Outcome.DID_NOT_RUN)

    said = "“No secret is in the repository” was not checked by machine (Secrets did not run)"
    assert any(said in found for found in obstacles(reviewer))


@pytest.mark.parametrize("given", ["by the checks", "pass", "n/a"])
def test_words_about_a_check_that_ran_are_no_proof_when_it_does_not_run_again(
    world: World, reviewer: User, given: str
) -> None:
    draft = world.begun(reviewer)
    if given == "by the checks":
        verdicts.accept_evidence(draft.pk, by=reviewer)
    else:
        verdicts.decide(draft.pk, "secrets", given, by=reviewer, comment="What looks like a key is an example.")
    world.rechecked(draft, outcomes={"secrets": "did not run"})

    assert sheet()["secrets"].unproven
    assert any("“No secret is in the repository”" in said for said in obstacles(reviewer))

    verdicts.decide(draft.pk, "secrets", "pass", by=reviewer, comment="Searched by hand.", version=1)
    world.rechecked(draft, outcomes={"secrets": "did not run"})
    assert not sheet()["secrets"].unproven


def test_a_check_that_runs_again_proves_again(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    verdicts.accept_evidence(draft.pk, by=reviewer)
    world.rechecked(draft, outcomes={"secrets": "did not run"})
    world.rechecked(draft)

    assert not sheet()["secrets"].unproven


def test_not_applicable_needs_a_reason_where_the_check_did_not_run(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError, match="or why it does not apply"):
        verdicts.decide(draft.pk, "dependencies", "n/a", by=reviewer)
    verdicts.decide(draft.pk, "dependencies", "n/a", by=reviewer, comment="It has no dependencies.")
    verdicts.decide(draft.pk, "function", "n/a", by=reviewer)

    assert not sheet()["dependencies"].unproven


def test_verdicts_are_given_together_or_not_at_all(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    given = [Given("function", "pass", "Tried."), Given("callers", "fail", " ")]

    with pytest.raises(ReviewError, match="callers: Say what is wrong"):
        verdicts.decide_all(draft.pk, given, by=reviewer)

    assert not Verdict.objects.exists()


def test_a_criterion_that_is_not_active_any_more_is_not_asked_for(world: World, reviewer: User) -> None:
    world.begun(reviewer)
    Criterion.objects.filter(key="function").update(active=False)

    assert "function" not in sheet()


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("README.md", "README*", True),
        ("service/README.md", "README*", False),
        ("service/README.md", "**/README*", True),
        ("README.md", "**/README*", True),
        ("docs/a/b.md", "docs/**", True),
        ("docs.md", "docs/**", False),
        ("a/b/scripts/c/d.js", "**/scripts/**", True),
        ("anything/at/all", "**", True),
        ("src/a.js", "*.js", False),
        ("a+b.js", "a+b.*", True),
    ],
)
def test_patterns_name_paths(path: str, pattern: str, fits: bool) -> None:
    assert carry_over.fits(path, pattern) is fits
