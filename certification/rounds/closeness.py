"""Who is too close to a connector to review it: for one round, and as a condition for queries.

Who belongs to a Project, or left it less than `REVIEW_BAR_DAYS` ago, reads nothing of its reviews: as long as they are
a member, they see what the developers see, on the developers' pages. Pages, admin, history, mails and verbs ask here.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone

from accounts.models import Departure, Membership, User
from accounts.moments import when
from certification.choices import Decision, RoundKind
from certification.models import Round
from certification.rounds import approvals
from connectors.models import ConnectorStaged

MEMBER = "You are a member of {}. Somebody else must review its connectors."
LEFT = "You left {} recently. Its reviews are closed to you until {}."


Reviewed = Round | ConnectorStaged


class Closed(Exception):
    """A page of a review was asked for by somebody who is too close; the message is for them."""

    def __init__(self, round_: Round, message: str, *, is_member: bool) -> None:
        super().__init__(message)
        self.round, self.is_member = round_, is_member


def why_closed(of: Reviewed, by: User, *, now: datetime | None = None) -> str:
    """Return why this person must not see anything of a review, "" when they may."""
    if is_current_member(of, by):
        return MEMBER.format(of.project)
    left = _departed(by, now).filter(project_id=of.project_id).first()
    return LEFT.format(of.project, when(left.barred_until)) if left else ""


def require_outside(round_: Round, by: User) -> None:
    """Raise Closed for somebody who belongs to the connector's Project, or left it recently."""
    if message := why_closed(round_, by):
        raise Closed(round_, message, is_member=is_current_member(round_, by))


def is_current_member(of: Reviewed, by: User) -> bool:
    """Return whether this person belongs to the connector's Project now, and so sees what its developers see."""
    return Membership.objects.filter(project_id=of.project_id, user=by).exists()


def is_member(of: Reviewed, by: User, *, now: datetime | None = None) -> bool:
    """Return whether this person belongs to the connector's Project or left it recently."""
    return bool(why_closed(of, by, now=now))


def members(by: User, *, path: str = "project", now: datetime | None = None) -> Q:
    """Return the condition for rows of a Project that this person belongs to or left recently.

    `path` leads from a row to the Project, or to its key where it ends in `project_key`.
    """
    field = "project__key" if path.endswith("project_key") else "project_id"
    members, departed = Membership.objects.filter(user=by), _departed(by, now)
    return Q(**{f"{path}__in": members.values(field)}) | Q(**{f"{path}__in": departed.order_by().values(field)})


def people(project_key: str, *, now: datetime | None = None) -> QuerySet[User]:
    """Return the people who belong to a Project or left it recently."""
    departed = Departure.objects.filter(project__key=project_key, barred_until__gt=now or timezone.now())
    members = Membership.objects.filter(project__key=project_key)
    return User.objects.filter(Q(pk__in=members.values("user_id")) | Q(pk__in=departed.order_by().values("user_id")))


def _departed(by: User, now: datetime | None) -> QuerySet[Departure]:
    return Departure.objects.filter(user=by, barred_until__gt=now or timezone.now())


def refused_before(round_: Round, by: User) -> bool:
    """Return whether the round is an appeal against a decision that this person made."""
    if round_.kind != RoundKind.APPEAL:
        return False
    last = _refused(round_.draft_id, round_.number).first()
    return last is not None and last.decided_by_id == by.pk


def must_not_claim(by: User, *, now: datetime | None = None) -> Q:
    """Return the condition for rounds that this person must not review."""
    last = Subquery(_refused(OuterRef("draft_id"), OuterRef("number")).values("decided_by")[:1])
    refused = Exact(Coalesce(last, 0, output_field=BigIntegerField()), by.pk)
    return members(by, now=now) | Q(refused, kind=RoundKind.APPEAL) | approvals.signed_by(by)


def _refused(draft_id: UUID | OuterRef, number: int | OuterRef) -> QuerySet[Round]:
    """Return the refused rounds of a draft before round `number`, the last first."""
    return Round.objects.filter(draft_id=draft_id, decision=Decision.FAILED, number__lt=number).order_by("-number")
