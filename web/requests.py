"""The request of somebody who is signed in, requests for a part of a page, and the paths of buttons."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request behind `login_required`: its `user` is a person. For annotations only; Django makes the object."""

    user: User


View = TypeVar("View", bound=Callable[..., HttpResponseBase])
BUTTON = "is_a_button"


def require_POST(view: View) -> View:  # noqa: N802 - as Django's, whose place it takes
    """Let a view answer POST only, and lead a GET to the page that the button is on.

    A GET comes from somebody who signed in again before the button could work, or who typed or kept the address.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        if request.method in {"GET", "HEAD"}:
            return redirect(page_above(request.path_info))
        return HttpResponseNotAllowed(["POST"])

    setattr(guarded, BUTTON, True)
    return cast(View, guarded)


def wants_part(request: HttpRequest) -> bool:
    """Return whether script asks for a part of a page, to put it in place, instead of the whole page.

    There is one way to ask: the header that htmx sends with each request. A view answers with the same template that
    draws the part within the page.
    """
    return "HX-Request" in request.headers


def page_above(path: str) -> str:
    """Return the nearest path above that is a page, the first page of all in the end."""
    while path := path.rpartition("/")[0]:
        try:
            found = resolve(path)
        except Resolver404:
            continue
        if not hasattr(found.func, BUTTON):
            return path
    return "/"
