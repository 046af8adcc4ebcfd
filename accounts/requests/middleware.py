"""What requests pass: a correlation id, the way to HTTPS, the short way to the API, and the end of a session."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.request import split_domain_port
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render, resolve_url
from django.template.response import SimpleTemplateResponse
from django.urls import resolve

from accounts.requests import correlation, envelope

GetResponse = Callable[[HttpRequest], HttpResponse]


def correlation_id(get_response: GetResponse) -> GetResponse:
    """Take or make the correlation id, and send it back with the answer."""

    def handle(request: HttpRequest) -> HttpResponse:
        value = correlation.begin(request.headers.get(correlation.HEADER))
        response = get_response(request)
        response.headers[correlation.HEADER] = value
        return response

    return handle


class Https(SecurityMiddleware):
    """Django's security headers and redirect to HTTPS, except for a caller on this very machine.

    Health checks, the official command line in a test, and a proxy's own probes speak plain HTTP to 127.0.0.1.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        host = split_domain_port(request.get_host())[0] if self.redirect else ""
        if host in settings.LOCAL_HOSTS:
            return None
        return super().process_request(request)


def straight_to_api(get_response: GetResponse) -> GetResponse:
    """Answer the Connect API here: whatever follows in MIDDLEWARE is for pages, and an API client would pay for it.

    There is no session, no CSRF token and no message; the headers of the content policy are those of a document that
    may load nothing and be framed by nobody.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(envelope.CONNECTORS):
            return get_response(request)
        request.get_host()  # Refuses a host name that is not served, even when nobody else asks for it.
        request.resolver_match = match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if isinstance(response, SimpleTemplateResponse):  # The framework's Response is one, too.
            response = response.render()
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        response.headers["X-Frame-Options"] = "DENY"
        return response

    return handle


def say_signed_out(get_response: GetResponse) -> GetResponse:
    """Answer a part of a page that asks after its session has ended with a sentence, not with the page of the door.

    The page stays as it is, with everything that was typed into it.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "HX-Request" not in request.headers or response.status_code != 302:
            return response
        door = resolve_url(settings.LOGIN_URL)
        if not response.headers["Location"].startswith(door):
            return response
        return render(request, "_components/signed_out.html", {"door": door}, status=401)

    return handle
