"""NUL characters (U+0000) in requests: PostgreSQL cannot store one, so no page receives one.

A view whose form checks its own fields reports it next to the field, and is marked `checked_by_form`. The Connect API
and other paths for programs check their input in the words of their contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.http import Http404, HttpRequest
from django.utils.deprecation import MiddlewareMixin

from accounts.requests.fields import UnreadableField

NUL = "\0"
OWN_CHECK = "checks_its_own_fields"

View = TypeVar("View", bound=Callable[..., Any])


def checked_by_form(view: View) -> View:
    """Mark a view whose form refuses NUL next to the field, or whose fields may contain any character."""
    setattr(view, OWN_CHECK, True)
    return view


def found(request: HttpRequest) -> Iterator[str]:
    """Yield the query parameters and form fields with a NUL in name or value."""
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            if NUL in name or any(NUL in value for value in values):
                yield name.replace(NUL, "")


class Refusal(MiddlewareMixin):
    """Answers 404 to a path with a NUL, and 400 to a field with one, by name; ignores a cookie with one."""

    def process_request(self, request: HttpRequest) -> None:
        """Drop cookies with a NUL, which a quoted one can contain as `\\000`."""
        for name in [name for name, value in request.COOKIES.items() if NUL in value]:
            del request.COOKIES[name]

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object) -> None:
        """Refuse the request before the view reads it."""
        if NUL in request.path_info:
            raise Http404("URLs must not contain a NUL character.")
        if getattr(view, OWN_CHECK, False) or getattr(view, "csrf_exempt", False):
            return
        if (name := next(found(request), None)) is not None:
            raise UnreadableField(name, "contains a NUL character (U+0000). Remove it and try again.")
