"""What a round has against the one before: new, still there, fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from django.utils import timezone

from accounts.models import User
from certification.decisions import certificate
from certification.evidence import machine_evidence
from certification.models import Round
from tests import factory
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db

STAYS = Problem(check="static-analysis", rule="js-weak-hash", line=3, fingerprint="a" * 32)
GOES = Problem(check="static-analysis", rule="js-raw-html", line=9, fingerprint="b" * 32)
COMES = Problem(check="static-analysis", rule="js-eval", line=1, fingerprint="c" * 32)
MOVED = Problem(check="static-analysis", rule="js-weak-hash", line=40, fingerprint="a" * 32)


def since(
    world: World,
    reviewer: User,
    *,
    before: Sequence[Problem],
    after: Sequence[Problem],
    outcomes: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Certify a tag with some findings, submit the next one, and return the state of each rule there."""
    draft = world.begun(reviewer, problems=before)
    world.decided(draft, reviewer)
    certificate.certify(draft.pk, by=reviewer)
    world.tag("1.1.0", {"README.md": "more"})
    factory.act(draft, {"action": "setRepository", "tag": "1.1.0"})
    factory.publish(draft, certification=True)
    world.admitted(draft, problems=after, outcomes=outcomes)
    row = Round.objects.open().get()
    return {seen.finding.rule: str(seen.since) for seen in machine_evidence.gather(row, now=timezone.now()).findings}


def test_findings_are_new_still_there_on_another_line_or_fixed(world: World, reviewer: User) -> None:
    found = since(world, reviewer, before=[STAYS, GOES], after=[MOVED, COMES])

    assert found == {"js-weak-hash": "still there", "js-eval": "new", "js-raw-html": "fixed"}


def test_a_check_that_did_not_run_fixed_nothing(world: World, reviewer: User) -> None:
    found = since(world, reviewer, before=[STAYS, GOES], after=[], outcomes={"static-analysis": "did not run"})

    assert found == {}
