"""Who may open the reviewers' pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from accounts.access.permissions import may
from accounts.models import User
from accounts.requests.fields import INTEGER, whole
from certification.models import Round
from certification.rounds import closeness, rounds
from certification.rounds.closeness import Closed
from web.requests import wants_part

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def reviewing(action: str = "review:read") -> Callable[[View[P]], View[P]]:
    """Restrict a view to people whose role allows the action. Visitors are sent to sign in; others get 403."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request.user, action):  # type: ignore[arg-type]
                raise PermissionDenied("Your role does not open this page.")
            try:
                return view(request, *args, **kwargs)
            except Closed as closed:
                return _outside(request, closed)

        return cast(View[P], login_required(guarded))

    return decorate


def _outside(request: HttpRequest, closed: Closed) -> HttpResponseBase:
    """Lead a member of the Project to what its developers see; refuse everybody else."""
    if wants_part(request):
        raise PermissionDenied(str(closed))
    if not closed.is_member:
        return render(request, "403.html", {"reason": str(closed)}, status=403)
    messages.warning(request, str(closed))
    return redirect("draft", closed.round.draft_id)


def person(request: HttpRequest) -> User:
    """Return the person who is signed in. Only for views behind `reviewing`."""
    return cast(User, request.user)


def find_shown(request: HttpRequest, draft_id: object) -> Round:
    """Return the round with the number in the URL, else the last one. Raises as `find` does."""
    return find(request, draft_id, number=whole(request.GET.get("round"), largest=INTEGER))


def find(request: HttpRequest, draft_id: object, *, number: int | None = None) -> Round:
    """Return the round with this number, else the last one of a draft.

    Raises Http404 when there is none, and Closed for somebody who belongs to the Project.
    """
    found = rounds.latest(draft_id, number=number)  # type: ignore[arg-type]
    if found is None:
        raise Http404("This connector has never been reviewed.")
    closeness.require_outside(found, person(request))
    return found
