"""How long recent decisions took, as a sentence for developers: facts instead of a place in the queue."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from certification.choices import Decision, RoundKind
from certification.models import Round
from certification.rounds import rounds
from connectors.models import ConnectorStaged

LOOKED_AT = 30
"""How many recent decisions the sentence covers."""

FEWEST = 5
"""With fewer decisions there is no sentence: two cases show nothing."""

SHARE = 0.8
DAY = timedelta(days=1)


def sentence(kind: str) -> str:
    """Return how many of the last decisions of a kind took at most how many business days, "" for too few decisions.

    Only the reviewers' turns count, as business time; waiting for the developer does not.
    """
    decided = Round.objects.filter(kind=kind, decision__in=(Decision.CERTIFIED, Decision.FAILED))
    spans = sorted(decided.order_by("-decided_at", "-id").values_list("reviewer_time", flat=True)[:LOOKED_AT])
    if len(spans) < FEWEST:
        return ""
    days = max(1, ceil(spans[ceil(len(spans) * SHARE) - 1] / DAY))
    within = sum(span <= days * DAY for span in spans)
    word = "day" if days == 1 else "days"
    return f"{within} of the last {len(spans)} decisions of this kind took at most {days} business {word}."


def for_draft(draft: ConnectorStaged) -> str:
    """Return the sentence for the decision that a draft waits for, or would wait for if it were submitted now."""
    row = rounds.current(draft.pk)
    if row is not None:
        return sentence(row.kind)
    certified = draft.releases.filter(certified=True).exists()
    return sentence(RoundKind.UPDATE if certified else RoundKind.FIRST)
