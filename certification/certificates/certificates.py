"""The public certificate of a Connector: what was certified, on which evidence. It names roles, never people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from certification.choices import Decision
from certification.evidence import criteria, machine_evidence
from certification.models import Round
from connectors.drafts.representation import moment
from connectors.models import CheckResult, Connector, Waiver


class State(StrEnum):
    """The state of a certificate: unlisted when its Connector is not in the catalog."""

    VALID = "valid"
    UNLISTED = "unlisted"


@dataclass(frozen=True)
class Decided:
    """One criterion with its verdict. `reason` is set where checks did not run, whose titles are in `not_run`."""

    title: str
    level: str
    verdict: str
    not_run: tuple[str, ...] = ()
    reason: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as JSON, with a note when its checks did not run."""
        row = {"title": self.title, "level": self.level, "verdict": self.verdict}
        return {**row, "checksNotRun": list(self.not_run), "reason": self.reason} if self.not_run else row


@dataclass(frozen=True)
class Certificate:
    """A certificate in force: the Connector is published as it was certified, listed or not."""

    connector: Connector
    round: Round
    issued_at: datetime
    rule_pack: str
    tools: dict[str, str]
    checks: tuple[CheckResult, ...]
    criteria: tuple[Decided, ...]
    waivers: tuple[Waiver, ...]
    reviewers: int

    @property
    def state(self) -> State:
        """Its state now."""
        return state_of(self.connector)

    def document(self) -> dict[str, Any]:
        """Return the certificate as JSON."""
        row = self.connector
        return {
            "certificate": settings.PUBLIC_URL + reverse("certificate", args=[row.pk]),
            "state": self.state.value,
            "unlistedAt": moment(row.unlisted_at) if row.unlisted_at else None,
            "connector": {"id": str(row.pk), "key": row.key, "name": row.name, "version": row.version},
            "repository": {"url": row.repository_url, "tag": row.repository_tag},
            "commit": row.commit,
            "tree": row.tree,
            "issuedAt": moment(self.issued_at),
            "issuer": settings.CERTIFICATION_USER_ID,
            "reviewers": self.reviewers,
            "rulePack": self.rule_pack or None,
            "tools": self.tools,
            "checks": [
                {"id": c.check_id, "title": c.title, "level": c.level, "outcome": c.outcome} for c in self.checks
            ],
            "criteria": [row.document() for row in self.criteria],
            "waivers": [
                {
                    "rule": waiver.rule,
                    "title": waiver.title,
                    "reason": waiver.reason,
                    "expiresAt": moment(waiver.expires_at),
                }
                for waiver in self.waivers
            ],
        }


def get_valid(connector_id: UUID) -> Certificate | None:
    """Return the valid certificate of a public Connector, or None when it has none."""
    connector = certified(connector_id)
    if connector is None:
        return None
    rows = Round.objects.filter(draft_id=connector_id, decision=Decision.CERTIFIED, commit=connector.commit)
    row = rows.order_by("-number").first()
    if row is None or row.decided_at is None:
        return None
    run = machine_evidence.run_of(row)
    in_force = Q(revoked_at=None) | Q(revoked_at__gt=row.decided_at)
    waivers = Waiver.objects.filter(
        in_force, draft_id=connector_id, approved_at__lte=row.decided_at, expires_at__gt=row.decided_at
    )
    return Certificate(
        connector=connector,
        round=row,
        issued_at=row.decided_at,
        rule_pack=run.rule_pack if run else "",
        tools=dict(run.tools) if run else {},
        checks=tuple(run.results.all()) if run else (),
        criteria=_criteria(row, now=row.decided_at),
        waivers=tuple(waivers.order_by("rule", "pk")),
        reviewers=1 + row.approvals.filter(commit=row.commit).values("by").distinct().count(),
    )


def state_of(connector: Connector) -> State:
    """Return the state of the certificate of a certified Connector."""
    return State.UNLISTED if connector.unlisted_at else State.VALID


def certified(connector_id: UUID) -> Connector | None:
    """Return a Connector whose certificate may be shown, or None if it is unknown, private or not certified."""
    return Connector.objects.filter(pk=connector_id, private=False, certified=True).defer("document").first()


def _criteria(row: Round, *, now: datetime) -> tuple[Decided, ...]:
    return tuple(
        Decided(
            title=found.criterion.title,
            level=str(found.criterion.get_level_display()),
            verdict=str(found.verdict.get_value_display()),
            not_run=tuple(found.not_run) if found.settled else (),
            reason=found.reason if found.settled and found.not_run else "",
        )
        for found in criteria.rows_of(row, machine_evidence.gather(row, now=now))
        if found.verdict is not None
    )
