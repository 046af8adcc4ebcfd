"""Propose, approve and revoke waivers."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import User
from certification.errors import ReviewError
from certification.formatting import typed
from certification.models import Round, Unsent
from certification.rounds import rounds
from certification.rounds.abilities import abilities
from connectors.models import Finding, Waiver

LONGEST = timedelta(days=730)
USUAL = timedelta(days=365)
SHORTEST_REASON = 15
"""In characters: a reason of a word or two does not help the next reviewer."""


def propose(
    draft_id: UUID,
    finding_id: int,
    *,
    by: User,
    scope: str,
    reason: str,
    path: str = "",
    false_alarm: bool = False,
    expires_at: datetime | None = None,
) -> Waiver:
    """Propose a waiver: for this finding, its rule at a path, or its advisory for its package."""
    now = rounds.now()
    until = expires_at or now + USUAL
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReviewError("Say why in at least one sentence, so that somebody else can judge it.")
    if not now < until <= now + LONGEST:
        raise ReviewError("Choose an end date within the next two years.")
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="waiver:proposed") as (row, details):
        abilities(row, by, now=now).propose_waiver().require()
        finding = Finding.objects.filter(pk=finding_id, run__draft_id=draft_id).first()
        if finding is None:
            raise ReviewError("There is no such finding.")
        made = Waiver.objects.create(
            draft=row.draft,
            rule=finding.rule,
            title=f"{finding.rule} {path or finding.path or finding.package}"[:300].strip(),
            reason=typed(reason)[:5000],
            false_alarm=false_alarm,
            proposed_by=by,
            proposed_by_label=str(by),
            proposed_at=now,
            expires_at=until,
            **_scope(scope, finding, path=path.strip()),
        )
        details.update(_details(made))
        Unsent.objects.filter(round=row, user=by, slot=f"waiver:{finding_id}").delete()
    return made


def approve(draft_id: UUID, pk: int, *, by: User) -> Waiver:
    """Approve a waiver that somebody else proposed. Its findings no longer block."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="waiver:approved") as (row, details):
        can, found = abilities(row, by), _find(row, pk)
        can.approve_waiver(found).require()
        found.approved_by, found.approved_by_label, found.approved_at = by, str(by), rounds.now()
        found.save()
        details.update(_details(found))
    return found


def revoke(draft_id: UUID, pk: int, *, by: User) -> Waiver:
    """Refuse a proposed waiver or end an active one. Its findings are open again."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="waiver:revoked") as (row, details):
        can, found = abilities(row, by), _find(row, pk)
        can.revoke_waiver(found).require()
        found.revoked_at, found.revoked_by_label = rounds.now(), str(by)
        found.save()
        details.update(_details(found))
    return found


def _scope(scope: str, finding: Finding, *, path: str) -> dict[str, str]:
    match scope:
        case Waiver.Scope.FINDING:
            return {"scope": scope, "fingerprint": finding.fingerprint}
        case Waiver.Scope.PLACE if path or finding.path:
            return {"scope": scope, "path": path or finding.path}
        case Waiver.Scope.ADVISORY if finding.package and finding.advisory:
            return {"scope": scope, "package": finding.package, "advisory": finding.advisory}
        case _:
            raise ReviewError("Choose what is waived: this finding, the rule at its path, or the advisory.")


def _find(row: Round, pk: int) -> Waiver:
    found = Waiver.objects.filter(draft_id=row.draft_id, pk=pk).first()
    if found is None:
        raise ReviewError("There is no such waiver.")
    return found


def _details(waiver: Waiver) -> dict[str, object]:
    return {"waiver": waiver.pk, "title": waiver.title, "expires": waiver.expires_at.isoformat()}
