"""The access log: one line for each request, from facts that are known when its response is ready.

It names the route and not the path, because a path may hold a token, and no query, because that may hold a search. A
person is named by id, and only if the request has read its session anyway: the log costs no statement.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse

from accounts.logs import security
from accounts.logs.callers import caller_of
from accounts.logs.lines import NOTHING, route_of

logger = logging.getLogger("access")

QUIET = ("/static/", "/healthz", "/readyz")
"""Static files and probes are not logged, because they are many."""


def log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Log each request: method, route, status, milliseconds, ids of the person and the API client, address."""

    def handle(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        if response.status_code == 403:
            security.note(security.Name.REFUSED, {"what": route_of(request)}, request=request)
        if logger.isEnabledFor(logging.INFO) and not request.path_info.startswith(QUIET):
            write(
                {
                    "method": request.method or NOTHING,
                    "route": route_of(request),
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - began) * 1000),
                    **caller_of(request),
                }
            )
        return response

    return handle


def write(facts: Mapping[str, str | int]) -> None:
    """Write a line with these facts, which are the fields of the JSON as well."""
    logger.info(
        "%(method)s %(route)s %(status)s %(ms)s ms user=%(user)s client=%(client)s from=%(address)s",
        facts,
        extra={"facts": facts},
    )
