"""Who is too close to a round to review it, as an answer about one round and as a condition of many."""

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
    """Return whether the connector is of a Project that this person belongs to: then nothing internal is for them.

    Internal is what reviewers have among themselves: notes, verdicts, escalations, proposed waivers, and comments and
    requests that were not sent yet. `members` asks the same of many rounds, `timeline.visible` of events.
    """
    return Membership.objects.filter(project_id=round_.project_id, user=by).exists()


def members(by: User) -> Q:
    """Return the condition of rounds whose Project this person belongs to."""
    return Q(Exists(Membership.objects.filter(project=OuterRef("project_id"), user=by)))


def refused_before(round_: Round, by: User) -> bool:
    """Return whether the round is an appeal against a decision that this person gave."""
    if round_.kind != RoundKind.APPEAL:
        return False
    last = _refused(round_.draft_id, round_.number).first()
    return last is not None and last.decided_by_id == by.pk


def not_to_take(by: User) -> Q:
    """Return the condition for rounds that this person must not review."""
    last = Subquery(_refused(OuterRef("draft_id"), OuterRef("number")).values("decided_by")[:1])
    refused = Exact(Coalesce(last, 0, output_field=BigIntegerField()), by.pk)
    return members(by) | Q(refused, kind=RoundKind.APPEAL) | approvals.signed_by(by)


def _refused(draft_id: UUID | OuterRef, number: int | OuterRef) -> QuerySet[Round]:
    """Return the rounds of a draft that were refused before one, the last first."""
    return Round.objects.filter(draft_id=draft_id, decision=Decision.FAILED, number__lt=number).order_by("-number")
