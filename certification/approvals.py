"""When a certificate needs two signatures."""

from __future__ import annotations

import hashlib

from certification.models import ApprovalRule, Round
from connectors.choices import mask_of


def rules_for(row: Round) -> list[ApprovalRule]:
    """Return the rules that ask for a second reviewer in this round."""
    return [rule for rule in ApprovalRule.objects.filter(active=True) if _fits(rule, row) and _drawn(rule, row)]


def _fits(rule: ApprovalRule, row: Round) -> bool:
    if rule.kind and rule.kind != row.kind:
        return False
    if rule.breaking_only and not row.breaking:
        return False
    return not rule.integration_type or bool(mask_of([rule.integration_type]) & row.integration_mask)


def _drawn(rule: ApprovalRule, row: Round) -> bool:
    """Draw by a hash of rule and round: nobody can try again until the draw is kind."""
    drawn = hashlib.sha256(f"{rule.pk}:{row.pk}:{row.draft_id}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") % 100 < rule.share
