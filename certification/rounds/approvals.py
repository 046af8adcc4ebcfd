"""When a certificate needs two signatures, and who gave the first one for a commit."""

from __future__ import annotations

import hashlib

from django.db.models import Exists, OuterRef, Q

from accounts.ability import Ability
from accounts.access.permissions import may
from accounts.models import User
from certification.errors import NotAllowed, ReviewError
from certification.models import Approval, ApprovalRule, Round
from connectors.choices import mask_of


def rules_for(row: Round) -> list[ApprovalRule]:
    """Return the rules that require a second reviewer in this round."""
    return [rule for rule in ApprovalRule.objects.filter(active=True) if _fits(rule, row) and _drawn(rule, row)]


def weakens(before: ApprovalRule, after: ApprovalRule) -> bool:
    """Return whether a changed rule leaves out rounds that needed two signatures before."""
    if not before.active:
        return False
    narrower = any(getattr(after, name) not in {"", getattr(before, name)} for name in ("integration_type", "kind"))
    fewer = after.share < before.share or (after.breaking_only and not before.breaking_only)
    return not after.active or narrower or fewer


def change_rule(before: ApprovalRule, after: ApprovalRule, *, by: User, reason: str) -> Ability:
    """Change a rule: to weaken it takes a lead reviewer and a reason."""
    if not weakens(before, after):
        return Ability()
    if not may(by, "approval-rule:weaken"):
        return Ability(NotAllowed("Only a lead reviewer can switch a rule of two signatures off, or narrow it."))
    return Ability(None if reason.strip() else ReviewError("Say why fewer certificates need two signatures."))


def delete_rule(rule: ApprovalRule) -> Ability:
    """Delete a rule, which must be off: switching it off asks for a reason."""
    return Ability(ReviewError(f"{rule} is active. Switch it off first, with a reason.") if rule.active else None)


def signed_by(by: User) -> Q:
    """Return the condition for rounds whose commit this person signed, and so must not sign again."""
    return Q(Exists(Approval.objects.filter(round=OuterRef("pk"), commit=OuterRef("commit"), by=by)))


def has_signed(row: Round, by: User) -> bool:
    """Return whether this person signed the round's commit."""
    return Round.objects.filter(signed_by(by), pk=row.pk).exists()


def signed() -> Q:
    """Return the condition for rounds whose commit somebody signed: an open one waits for the second signature."""
    return Q(Exists(Approval.objects.filter(round=OuterRef("pk"), commit=OuterRef("commit"))))


def is_signed(row: Round) -> bool:
    """Return whether somebody signed the round's commit."""
    return row.approvals.filter(commit=row.commit).exists()


def needs_another(row: Round, by: User) -> bool:
    """Return whether this person's signature would be the first of two."""
    return not row.approvals.filter(commit=row.commit).exclude(by=by).exists() and bool(rules_for(row))


def _fits(rule: ApprovalRule, row: Round) -> bool:
    if rule.kind and rule.kind != row.kind:
        return False
    if rule.breaking_only and not row.breaking:
        return False
    return not rule.integration_type or bool(mask_of([rule.integration_type]) & row.integration_mask)


def _drawn(rule: ApprovalRule, row: Round) -> bool:
    """Draw by a hash of rule and round, so that nobody can repeat the draw until it suits them."""
    drawn = hashlib.sha256(f"{rule.pk}:{row.pk}:{row.draft_id}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") % 100 < rule.share
