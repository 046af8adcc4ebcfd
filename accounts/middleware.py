"""What every request passes: a correlation id, and the way to HTTPS."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.request import split_domain_port
from django.middleware.security import SecurityMiddleware

from accounts import correlation

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
