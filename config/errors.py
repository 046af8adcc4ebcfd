"""Error responses outside views: JSON for programs, a page for people."""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import csrf, defaults

from accounts.access import allauth_rate_limits
from accounts.limits.counting import Exceeded
from accounts.requests import envelope, outages
from accounts.requests.fields import UnreadableField
from web import sent_again
from web.requests import wants_part


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: an unknown host name, an unreadable body, or an invalid field, which is named."""
    message = str(exception) if isinstance(exception, UnreadableField) else ""
    if envelope.expects_json(request):
        usual = "The request cannot be read, or its host name is not served here."
        return envelope.answer(400, "General", message or usual)
    if message and wants_part(request):
        return _part(400, message)
    if message:
        return render(request, "400.html", {"message": message}, status=400)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    if envelope.expects_json(request):
        return envelope.answer(403, "AuthorizationError", "This is not allowed.")
    if wants_part(request):
        return _part(403, "You are not allowed to do this. Nothing was changed.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    if envelope.expects_json(request):
        return envelope.answer(404, "ResourceNotFound", "There is nothing at this path.")
    if wants_part(request):
        return _part(404, "This is no longer here. Reload the page.")
    return defaults.page_not_found(request, exception)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Answer 429 for the library's rate limits."""
    return allauth_rate_limits.refuse(request, action=allauth_rate_limits.action_of(request))


class ExceededPage:
    """Answers what a page does too often, and no form of the page shows, with 429.

    The page says when to try again, and has what was typed in a form that sends it again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer Exceeded; leave other exceptions to Django."""
        if not isinstance(exception, Exceeded):
            return None
        if envelope.expects_json(request):
            return envelope.answer(429, "General", str(exception))
        if wants_part(request):
            return _part(429, str(exception))
        context = {"message": str(exception), "again": request.get_full_path(), "typed": sent_again.fields(request)}
        return render(request, "429.html", context, status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without details, or 503 while a service is away; Django logs the error with the correlation id."""
    if outages.is_outage(sys.exception()):
        return unavailable(request)
    if envelope.expects_json(request):
        return envelope.answer(500, "General", envelope.UNEXPECTED)
    if wants_part(request):
        return _part(500, "Something went wrong on our side. Nothing was saved. Try again in a minute.")
    return defaults.server_error(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer 503 with the time to wait."""
    if envelope.expects_json(request):
        response: HttpResponse = envelope.answer(503, "General", outages.AWAY)
    elif wants_part(request):
        response = _part(503, outages.AWAY)
    else:
        response = HttpResponse(render_to_string("503.html", {"message": outages.AWAY}), status=503)
    response["Retry-After"] = str(outages.RETRY_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without the browser's token against forged requests."""
    if wants_part(request):
        return _part(403, "This form has expired. Reload the page and submit the form again.")
    return csrf.csrf_failure(request, reason)


def _part(status: int, message: str) -> HttpResponse:
    """Return a refusal as a part of a page. It reads nothing of the request: an error may come from reading that."""
    return HttpResponse(render_to_string("_components/refused.html", {"message": message}), status=status)
