"""Giving verdicts on criteria."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from certification import criteria, evidence, guards, rounds
from certification.errors import ReviewError, Stale
from certification.models import Criterion, Round, Unsent, Verdict
from certification.words import typed

Value = Verdict.Value


def decide(draft_id: UUID, key: str, value: str, *, by: User, comment: str = "", version: int | None = None) -> Verdict:
    """Give a verdict, or change it. `version` is that of the verdict on the page, 0 for none.

    Raises Stale when somebody decided in between, ReviewError for a failure that does not say why.
    """
    if value not in (Value.PASS, Value.FAIL, Value.NOT_APPLICABLE):
        raise ReviewError("Choose pass, fail or not applicable.")
    if value == Value.FAIL and not comment.strip():
        raise ReviewError("Say what is wrong: the developer gets it with your message.")
    criterion = Criterion.objects.filter(key=key, active=True).first()
    if criterion is None:
        raise ReviewError("There is no such criterion.")
    with rounds.aside(draft_id, by=rounds.reviewer(by), event="verdict:given") as (row, details):
        guards.demand_review(row, by)
        now = Verdict.objects.filter(round=row, criterion=criterion).select_related("by").first()
        if version is not None and version != (now.version if now else 0):
            raise Stale([_said(now) if now else "It was taken back."])
        details.update({"criterion": key, "from": now.value if now else "", "to": value})
        Unsent.objects.filter(round=row, user=by, slot=f"verdict:{key}").delete()
        fields = {"value": value, "comment": typed(comment), "by": by, "carried_from": None}
        return store(row, criterion, now, fields)


def _said(now: Verdict) -> str:
    comment = f" {now.comment}" if now.comment else ""
    return f"{now.by or 'Somebody'} said “{now.get_value_display()}”.{comment}"


def accept_evidence(draft_id: UUID, *, by: User) -> int:
    """Pass every undecided criterion whose checks all ran and found nothing; return how many."""
    with rounds.aside(draft_id, by=rounds.reviewer(by), event="verdict:evidence-accepted") as (row, details):
        guards.demand_review(row, by)
        rows = criteria.sheet(row, evidence.gather(row, now=rounds.present()))
        clean = [r.criterion for r in rows if r.verdict is None and r.clean and r.criterion.active]
        for criterion in clean:
            store(row, criterion, None, {"value": Value.PASS, "comment": "The checks found nothing.", "by": by})
        details["criteria"] = [criterion.key for criterion in clean]
    return len(clean)


def pass_rest(row: Round, *, by: User, comment: str, now: datetime) -> list[str]:
    """Pass every undecided must-criterion in the reviewer's name, within their own change; return the keys."""
    left = criteria.undecided(criteria.sheet(row, evidence.gather(row, now=now)))
    for found in left:
        store(row, found.criterion, None, {"value": Value.PASS, "comment": comment, "by": by})
    return [found.criterion.key for found in left]


def store(row: Round, criterion: Criterion, now: Verdict | None, fields: dict[str, object]) -> Verdict:
    """Write a verdict as its next version."""
    verdict = now or Verdict(round=row, criterion=criterion, version=0)
    for name, value in fields.items():
        setattr(verdict, name, value)
    verdict.version += 1
    verdict.at = rounds.present()
    verdict.save()
    return verdict
