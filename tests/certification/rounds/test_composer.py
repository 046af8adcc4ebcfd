"""The prepared message."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from certification.evidence import criteria, machine_evidence
from certification.models import Round
from certification.rounds import composer, conversation
from certification.verdicts import verdicts
from tests.certification.world import Problem, World

pytestmark = pytest.mark.django_db


def test_failed_criteria_requests_findings_and_line_comments_become_one_message(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer, problems=[Problem(severity="warning")])
    verdicts.decide(draft.pk, "tests", "fail", by=reviewer, comment="There are none.")
    conversation.request(draft.pk, by=reviewer, text="Add tests.", criterion="tests")
    conversation.request(draft.pk, by=reviewer, text="Read the port.", path="service/src/index.js", line=1)
    dropped = conversation.request(draft.pk, by=reviewer, text="Not needed.")
    conversation.settle(draft.pk, dropped.pk, by=reviewer, accepted=False)
    conversation.remark(draft.pk, by=reviewer, path="README.md", line=3, text="A typo.")
    row = Round.objects.get()
    evidence = machine_evidence.gather(row, now=timezone.now())

    text = composer.compose(row, criteria.rows_of(row, evidence), evidence.findings)

    assert text == (
        "The important paths have tests\n- There are none.\n- Add tests.\n\n"
        "Also\n- service/src/index.js:1: Read the port.\n- README.md:3: A typo.\n\n"
        "No secret is in the repository\n- service/src/index.js:1: A token is in the code. Remove it."
    )


def test_nothing_found_is_an_empty_message(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    row = Round.objects.get(draft=draft)

    assert composer.compose(row, criteria.rows_of(row, machine_evidence.gather(row, now=timezone.now()))) == ""
