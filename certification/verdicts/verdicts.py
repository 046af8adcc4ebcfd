"""Give verdicts on criteria."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from accounts.models import User
from certification.errors import NotAllowed, ReviewError, Stale
from certification.evidence import criteria, machine_evidence
from certification.formatting import typed
from certification.models import Criterion, Round, Unsent, Verdict
from certification.rounds import obstacles, rounds
from certification.rounds.abilities import abilities
from certification.verdicts.verdict_file import VALUES, Given

Value = Verdict.Value


def decide(draft_id: UUID, key: str, value: str, *, by: User, comment: str = "", version: int | None = None) -> Verdict:
    """Give a verdict, or change it. `version` is that of the verdict on the page, 0 for none.

    Raises Stale when somebody else decided in the meantime, and ReviewError for a failure without a reason, or for any
    verdict without a reason when one of the criterion's checks did not run.
    """
    if value not in VALUES:
        raise ReviewError("Choose pass, fail or not applicable.")
    if value == Value.FAIL and not comment.strip():
        raise ReviewError("Say what is wrong. The developer gets it with your message.")
    criterion = Criterion.objects.filter(key=key, active=True).first()
    if criterion is None:
        raise ReviewError("There is no such criterion.")
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="verdict:given") as (row, details):
        abilities(row, by).give_verdict().require()
        found = criteria.row_of(row, criterion, machine_evidence.gather(row, now=rounds.now()))
        now = found.verdict
        if version is not None and version != (now.version if now else 0):
            raise Stale([_said(now) if now else "The verdict was removed."])
        if found.not_run and not comment.strip():
            raise ReviewError(obstacles.needs_reason(found))
        details.update({"criterion": key, "from": now.value if now else "", "to": value})
        Unsent.objects.filter(round=row, user=by, slot=f"verdict:{key}").delete()
        fields = {"value": value, "comment": typed(comment), "by": by, "carried_from": None}
        return store(row, criterion, now, fields)


def decide_all(draft_id: UUID, given: Iterable[Given], *, by: User) -> None:
    """Give several verdicts, all or none; raises what `decide` raises, prefixed with the criterion's key."""
    with transaction.atomic():
        for one in given:
            try:
                decide(draft_id, one.key, one.value, by=by, comment=one.reason)
            except NotAllowed:
                raise
            except ReviewError as error:
                raise ReviewError(f"{one.key}: {error.message}") from error


def _said(now: Verdict) -> str:
    comment = f" {now.comment}" if now.comment else ""
    return f"{now.by or 'Somebody'} said “{now.get_value_display()}”.{comment}"


def accept_evidence(draft_id: UUID, *, by: User) -> int:
    """Pass every undecided criterion whose checks all ran and found nothing; return how many."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="verdict:evidence-accepted") as (row, details):
        can = abilities(row, by)
        can.accept_evidence().require()
        clean = [found.criterion for found in can.proven]
        for criterion in clean:
            store(row, criterion, None, {"value": Value.PASS, "by": by})
        details["criteria"] = [criterion.key for criterion in clean]
    return len(clean)


def store(row: Round, criterion: Criterion, now: Verdict | None, fields: dict[str, object]) -> Verdict:
    """Store a verdict as its next version."""
    verdict = now or Verdict(round=row, criterion=criterion, version=0)
    for name, value in fields.items():
        setattr(verdict, name, value)
    verdict.version += 1
    verdict.at = rounds.now()
    verdict.save()
    return verdict
