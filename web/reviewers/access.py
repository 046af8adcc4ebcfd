"""Who may open the reviewers' pages, and what they may do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts.access.roles import may
from accounts.models import User
from certification.choices import Turn
from certification.desk import claims
from certification.models import Round
from certification.rounds import decisions, guards, rounds

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def reviewing(action: str = "review:read") -> Callable[[View[P]], View[P]]:
    """Let in who is signed in and whose role allows the action; send others to sign in, or answer 403."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request.user, action):  # type: ignore[arg-type]
                raise PermissionDenied("Your role does not open this page.")
            return view(request, *args, **kwargs)

        return cast(View[P], login_required(guarded))

    return decorate


def person(request: HttpRequest) -> User:
    """Return who is signed in; the views are behind `reviewing`."""
    return cast(User, request.user)


def find(draft_id: object, *, number: int | None = None) -> Round:
    """Return the round of this number, else the last one of a draft; Http404 when there is none."""
    found = rounds.latest(draft_id, number=number)  # type: ignore[arg-type]
    if found is None:
        raise Http404("Nothing of this connector was ever reviewed.")
    return found


@dataclass(frozen=True)
class Can:
    """What this person could do now."""

    act: bool
    start: bool
    release: bool
    assign: bool
    comment: bool
    decide: bool
    internal: bool
    fetch: bool
    note: bool
    recheck: bool
    reveal: bool
    waive: bool
    approve_waiver: bool
    set_deadline: bool
    next: bool


def possible(row: Round, by: User) -> Can:
    """Return what role, round and turn allow this person."""
    own = guards.why_not_yours(row, by)
    inside = bool(own) and guards.is_member(row, by)
    acts = row.is_open and not own and may(by, "review:claim")
    mine = row.assignee_id == by.pk
    lead = may(by, "review:assign")
    start = row.is_open and claims.why_not_start(row, by) is None
    decide = row.is_open and row.turn == Turn.REVIEWER and not guards.why_not_decide(row, by)
    return Can(
        act=acts,
        start=start,
        release=row.is_open
        and row.assignee_id is not None
        and (mine or (lead and not inside))
        and may(by, "review:claim"),
        assign=row.is_open and lead and not inside,
        comment=acts and not row.draft.refusal_of_comment(),
        decide=decide,
        internal=not inside,
        fetch=not inside and may(by, "review:rerun"),
        note=row.is_open and not inside and may(by, "review:comment"),
        recheck=row.is_open and not inside and may(by, "review:rerun"),
        reveal=acts and may(by, "review:reveal-credentials"),
        waive=acts and may(by, "waiver:propose"),
        approve_waiver=acts and may(by, "waiver:approve"),
        set_deadline=decisions.may_set_deadline(by),
        next=may(by, "review:claim") and not start and not decide,
    )
