"""Refusing a certificate."""

from __future__ import annotations

import pytest

from accounts.models import User
from certification.decisions import failure
from certification.errors import ReviewError
from certification.models import Round
from connectors.models import Connector
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def test_failing_says_why_and_ends_the_round(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    row = failure.fail(draft.pk, by=reviewer, reason="security", message="The endpoint takes any caller.").round

    draft.refresh_from_db()
    assert draft.status == row.status == "Failed"
    assert (row.decision, row.reason) == ("failed", "security")
    assert draft.comments.get().text == "The endpoint takes any caller."
    assert not Connector.objects.exists()


def test_failing_leaves_the_reason_behind_the_entries_of_the_checks(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    draft.refresh_from_db()
    checks = draft.publishing_report["entries"]

    failure.fail(draft.pk, by=reviewer, reason="security", message="Any caller\nis \u202etrusted." + "x" * 3000)

    draft.refresh_from_db()
    *before, last = draft.publishing_report["entries"]
    assert before == checks
    assert (last["type"], last["title"]) == ("Error", "Certification refused: security")
    assert last["message"].startswith("Any caller is \N{REPLACEMENT CHARACTER}trusted.xxx")
    assert last["message"].endswith("…")
    assert last["createdAt"]
    assert '"Certification refused: security"' in draft.document


@pytest.mark.parametrize(
    ("reason", "message", "refusal"),
    [
        ("", "Text", "Choose a reason."),
        ("weather", "Text", "Choose a reason."),
        ("security", "  ", "Say why. The developer gets this message."),
    ],
)
def test_failing_needs_a_known_reason_and_a_text(
    world: World, reviewer: User, reason: str, message: str, refusal: str
) -> None:
    draft = world.begun(reviewer)

    with pytest.raises(ReviewError) as refused:
        failure.fail(draft.pk, by=reviewer, reason=reason, message=message)

    assert refused.value.message == refusal
    assert Round.objects.get().is_open
