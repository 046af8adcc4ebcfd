"""Middleware: correlation id, redirect to HTTPS, fast path to the API, and expired sessions."""

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
    """Read or create the correlation id, and return it with the response."""

    def handle(request: HttpRequest) -> HttpResponse:
        value = correlation.begin(request.headers.get(correlation.HEADER))
        response = get_response(request)
        response.headers[correlation.HEADER] = value
        return response

    return handle


class Https(SecurityMiddleware):
    """Django's security headers and redirect to HTTPS, except for callers on this machine.

    Health checks, the official command line in a test, and a proxy's own probes use plain HTTP to 127.0.0.1.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        host = split_domain_port(request.get_host())[0] if self.redirect else ""
        if host in settings.LOCAL_HOSTS:
            return None
        return super().process_request(request)


def straight_to_api(get_response: GetResponse) -> GetResponse:
    """Answer the Connect API directly: the rest of MIDDLEWARE is for pages and would only cost API clients time.

    There is no session, no CSRF token and no message; the Content-Security-Policy allows no resources and no framing.
    With the rest of MIDDLEWARE a request costs 1.1 to 1.2 times as much.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(envelope.CONNECTORS):
            return get_response(request)
        request.get_host()  # Refuses a host name that is not served, even when nothing else reads it.
        request.resolver_match = match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if isinstance(response, SimpleTemplateResponse):  # The framework's Response is one as well.
            response = response.render()
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        response.headers["X-Frame-Options"] = "DENY"
        return response

    return handle


def say_signed_out(get_response: GetResponse) -> GetResponse:
    """Answer a partial-page request after its session has expired with a message instead of the login page.

    The page stays, with everything that was typed into it.
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
