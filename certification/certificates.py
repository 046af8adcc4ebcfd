"""The certificate of a Connector: what was certified, on which evidence, in public. It names roles, never persons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from certification import evidence
from certification.choices import Decision
from certification.models import Round
from connectors.models import CheckResult, Connector, Waiver
from connectors.representation import moment


@dataclass(frozen=True)
class Certificate:
    """A certificate that is valid now: the Connector is published as it was certified."""

    connector: Connector
    round: Round
    issued_at: datetime
    rule_pack: str
    tools: dict[str, str]
    checks: tuple[CheckResult, ...]
    criteria: tuple[tuple[str, str, str], ...]
    waivers: tuple[Waiver, ...]
    reviewers: int

    def document(self) -> dict[str, Any]:
        """Return the certificate for machines."""
        row = self.connector
        return {
            "certificate": settings.PUBLIC_URL + reverse("certificate", args=[row.pk]),
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
            "criteria": [
                {"title": title, "level": level, "verdict": verdict} for title, level, verdict in self.criteria
            ],
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


def of(connector_id: UUID) -> Certificate | None:
    """Return the certificate of a public Connector, or None when it has none that is valid now."""
    connector = Connector.objects.filter(pk=connector_id, private=False, certified=True).first()
    if connector is None:
        return None
    rows = Round.objects.filter(draft_id=connector_id, decision=Decision.CERTIFIED, commit=connector.commit)
    row = rows.order_by("-number").first()
    if row is None or row.decided_at is None:
        return None
    run = evidence.run_of(row)
    verdicts = row.verdicts.select_related("criterion").order_by("criterion__position", "criterion_id")
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
        criteria=tuple(
            (v.criterion.title, str(v.criterion.get_level_display()), str(v.get_value_display())) for v in verdicts
        ),
        waivers=tuple(waivers.order_by("rule", "pk")),
        reviewers=1 + row.approvals.filter(commit=row.commit).values("by").distinct().count(),
    )


def certified_tag(connector_id: UUID) -> str | None:
    """Return the tag that a badge may show, or None: unknown, private and not certified look alike."""
    rows = Connector.objects.filter(pk=connector_id, private=False, certified=True)
    return rows.values_list("repository_tag", flat=True).first()
