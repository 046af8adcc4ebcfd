"""Who may open the reviewers' pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts.access.permissions import may
from accounts.models import User
from accounts.requests.fields import INTEGER, whole
from certification.models import Round
from certification.rounds import rounds

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def reviewing(action: str = "review:read") -> Callable[[View[P]], View[P]]:
    """Restrict a view to people whose role allows the action. Visitors are sent to sign in; others get 403."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request.user, action):  # type: ignore[arg-type]
                raise PermissionDenied("Your role does not open this page.")
            return view(request, *args, **kwargs)

        return cast(View[P], login_required(guarded))

    return decorate


def person(request: HttpRequest) -> User:
    """Return the person who is signed in. Only for views behind `reviewing`."""
    return cast(User, request.user)


def find_shown(request: HttpRequest, draft_id: object) -> Round:
    """Return the round with the number in the URL, else the last one; Http404 when there is none."""
    return find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))


def find(draft_id: object, *, number: int | None = None) -> Round:
    """Return the round with this number, else the last one of a draft; Http404 when there is none."""
    found = rounds.latest(draft_id, number=number)  # type: ignore[arg-type]
    if found is None:
        raise Http404("This connector has never been reviewed.")
    return found
