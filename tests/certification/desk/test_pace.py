"""How long decisions took, as a fact."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from certification.desk import pace
from certification.models import Round
from tests import factory

pytestmark = pytest.mark.django_db


def decided(days: list[float], *, decision: str = "certified", kind: str = "first") -> None:
    """Make decided rounds whose reviewers needed so many business days."""
    for n, span in enumerate(days):
        row = factory.draft(key=f"{kind}-{decision}-{n}")
        Round.objects.create(
            draft=row,
            project=row.project,
            number=1,
            kind=kind,
            status="Published",
            tag="1",
            name=row.name,
            due_at=timezone.now(),
            reviewer_time=timedelta(days=span),
            decision=decision,
            decided_at=timezone.now() + timedelta(minutes=n),
            decided_by_label="Rita",
            reason="other" if decision == "failed" else "",
        )


def test_the_share_and_the_days_are_those_of_the_decisions() -> None:
    decided([0.5, 1, 1.5, 2, 2, 2.5, 3, 3, 9, 12])

    assert pace.sentence("first") == "8 of the last 10 decisions of this kind took at most 3 business days."


def test_a_quick_desk_says_one_day() -> None:
    decided([0.1, 0.2, 0.1, 0.3, 0.2])

    assert pace.sentence("first") == "5 of the last 5 decisions of this kind took at most 1 business day."


def test_few_decisions_make_no_promise() -> None:
    decided([1, 1, 1, 1])

    assert pace.sentence("first") == ""


def test_only_decisions_of_reviewers_of_this_kind_count() -> None:
    decided([1] * 5, kind="update")
    decided([20] * 5, decision="withdrawn")

    assert pace.sentence("first") == ""
    assert pace.sentence("update") != ""


def test_only_the_last_thirty_count() -> None:
    decided([30] * 3 + [1] * 30)

    assert pace.sentence("first").startswith("30 of the last 30")
