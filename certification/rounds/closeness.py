"""Who is too close to a connector to review it: for one round, and as a condition for queries."""

from __future__ import annotations

from uuid import UUID

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from accounts.models import Membership, User
from certification.choices import Decision, RoundKind
from certification.models import Round
from certification.rounds import approvals


def is_member(round_: Round, by: User) -> bool:
    """Return whether this person belongs to the connector's Project, and so must not see anything internal.

    Internal are notes, verdicts, escalations, proposed waivers, and comments and requests that have not been sent.
    `members` is the same as a condition for rounds, `timeline.visible` for events.
    """
    return Membership.objects.filter(project_id=round_.project_id, user=by).exists()


def members(by: User) -> Q:
    """Return the condition for rounds whose Project this person belongs to."""
    return Q(Exists(Membership.objects.filter(project=OuterRef("project_id"), user=by)))


def refused_before(round_: Round, by: User) -> bool:
    """Return whether the round is an appeal against a decision that this person made."""
    if round_.kind != RoundKind.APPEAL:
        return False
    last = _refused(round_.draft_id, round_.number).first()
    return last is not None and last.decided_by_id == by.pk


def must_not_claim(by: User) -> Q:
    """Return the condition for rounds that this person must not review."""
    last = Subquery(_refused(OuterRef("draft_id"), OuterRef("number")).values("decided_by")[:1])
    refused = Exact(Coalesce(last, 0, output_field=BigIntegerField()), by.pk)
    return members(by) | Q(refused, kind=RoundKind.APPEAL) | approvals.signed_by(by)


def _refused(draft_id: UUID | OuterRef, number: int | OuterRef) -> QuerySet[Round]:
    """Return the refused rounds of a draft before round `number`, the last first."""
    return Round.objects.filter(draft_id=draft_id, decision=Decision.FAILED, number__lt=number).order_by("-number")
