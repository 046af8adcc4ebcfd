"""Error responses outside views: JSON for programs, a page for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from accounts.access import allauth_rate_limits
from accounts.requests import envelope
from accounts.requests.fields import UnreadableField
from web.requests import wants_part


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: an unknown host name, an unreadable body, or an invalid field, which is named."""
    message = str(exception) if isinstance(exception, UnreadableField) else ""
    if envelope.expects_json(request):
        usual = "The request cannot be read, or its host name is not served here."
        return envelope.answer(400, "General", message or usual)
    if message:
        template = "_components/refused.html" if wants_part(request) else "400.html"
        return render(request, template, {"message": message}, status=400)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    if envelope.expects_json(request):
        return envelope.answer(403, "AuthorizationError", "This is not allowed.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    if envelope.expects_json(request):
        return envelope.answer(404, "ResourceNotFound", "There is nothing at this path.")
    return defaults.page_not_found(request, exception)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Answer 429 for the library's rate limits."""
    return allauth_rate_limits.refuse(request, seconds=allauth_rate_limits.seconds_to_wait(request))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without details; Django has logged the error with the correlation id."""
    if envelope.expects_json(request):
        return envelope.answer(500, "General", envelope.UNEXPECTED)
    return defaults.server_error(request)
