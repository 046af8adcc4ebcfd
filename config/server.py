"""How the web server logs, and what it answers to a request that never reaches Django."""

from __future__ import annotations

import contextlib
import json
import logging
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

from accounts import envelope

QUIET = ("/static/", "/healthz", "/readyz")
logger = logging.getLogger("web")


class Log(Logger):
    """One line for each request through Django's logging, so that it carries the correlation id of the answer.

    Left out are the query, which may hold what somebody searched for, and static files and probes, which are many.
    """

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Write the line of an answered request. Called by the thread that answered it, whose correlation id holds."""
        # As it was sent: decoded, a path could bring line breaks into the log.
        path = str(environ["RAW_URI"]).partition("?")[0].encode("unicode_escape").decode("ascii")
        if not path.startswith(QUIET):
            status = str(resp.status).partition(" ")[0]
            milliseconds = request_time / timedelta(milliseconds=1)
            logger.info("%s %s %s %.0f ms", environ["REQUEST_METHOD"], path, status, milliseconds)


class Worker(ThreadWorker):
    """Answers what is no HTTP, or too much of it, in the API's envelope: programs read it, and expect JSON."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Refuse a request that cannot be read; everything else is the library's to handle."""
        if not isinstance(exc, ParseException):
            super().handle_error(req, client, addr, exc)
            return
        status = status_of(exc)
        self.log.warning("A request from %s could not be read: %s", addr[0] if addr else "-", type(exc).__name__)
        with contextlib.suppress(OSError):
            util.write_nonblock(client, refusal(status))


def status_of(error: ParseException) -> HTTPStatus:
    """Return the status of a request that cannot be read."""
    if isinstance(error, LimitRequestLine):
        return HTTPStatus.REQUEST_URI_TOO_LONG
    if isinstance(error, LimitRequestHeaders):
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    return HTTPStatus.BAD_REQUEST


def refusal(status: HTTPStatus) -> bytes:
    """Return a whole HTTP answer in the envelope."""
    message = f"The request cannot be read: {status.phrase}."
    body = json.dumps(envelope.body(status, [{"code": "General", "message": message}])).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
