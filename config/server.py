"""The web server's workers: read requests with limits, and answer those that never reach Django."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import socket
import struct
import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.template.loader import render_to_string
from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData, ParseException
from gunicorn.http.unreader import IterUnreader, SocketUnreader
from gunicorn.workers import gthread

from accounts.logs.addresses import shortened
from accounts.requests import correlation, envelope

SCANS = "/scans/"
READ_SECONDS = 10.0
"""How long a request may take to arrive after its first byte, plus one second for each BYTES_A_SECOND of it."""

BYTES_A_SECOND = 100_000
SEND_SECONDS = 60
"""How long a client may take to accept one piece of its response."""

FIRST_SECONDS = 0.05
"""How long a thread waits for the first byte of a new connection; a poller waits for it afterward."""

LINGER_SECONDS = 0.3
PIECE = 65_536
LARGEST_WAITING = 131_072
"""How many bytes of an incomplete request may be buffered without a thread; there may be many."""

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
CODINGS = re.compile(rb"\r\ntransfer-encoding:[ \t]*([^\r\n]*)", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nexpect:", re.IGNORECASE)
HTML = re.compile(rb"\r\naccept:[^\r\n]*text/html", re.IGNORECASE)
UNREADABLE = "Your browser sent something that the portal cannot read. Go back, reload the page and try again."
MESSAGES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "What you sent is larger than 1 MB. Shorten it and send it again.",
    HTTPStatus.REQUEST_TIMEOUT: "What you sent took too long to arrive. Check your connection and send it again.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "The address is too long. Select fewer filters and try again.",
}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


logger = logging.getLogger("access")


class TooSlow(ParseException):
    """The request did not arrive in time."""


class BodyTooLarge(ParseException):
    """The body is larger than its path allows."""


class Log(Logger):
    """Logs no requests: the access log is `accounts.logs.access`, which knows route and person."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Do nothing."""


class Unreader(SocketUnreader):
    """Reads from a connection until the request's deadline, however small the pieces are."""

    until = float("inf")
    continued = False

    def begin(self) -> None:
        """Start the deadline of a request, unless it has started."""
        if self.until == float("inf"):
            self.until = time.monotonic() + READ_SECONDS

    def end(self) -> None:
        """Clear the deadline of an answered request."""
        self.until, self.continued = float("inf"), False

    def fill(self) -> bool:
        """Read what has arrived, without waiting; return whether the request can be read without waiting for much."""
        try:
            piece = self.sock.recv(PIECE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            piece = None
        except OSError:
            return True
        if piece == b"":
            return True
        if piece:
            self.until += len(piece) / BYTES_A_SECOND
            self.buf.seek(0, io.SEEK_END)
            self.buf.write(piece)
        raw = self.buf.getvalue()
        if has_arrived(raw):
            return True
        head, end, _ = raw.partition(b"\r\n\r\n")
        if end and not self.continued and EXPECTS.search(head):
            self.continued = True
            with contextlib.suppress(OSError):
                self.sock.send(CONTINUE)
        return False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next piece, empty at the end of the connection; raise TooSlow when there is none in time."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TooSlow
        self.sock.settimeout(left)
        try:
            piece: bytes = super().chunk(size_hint)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.sock.setblocking(True)
        self.until += len(piece) / BYTES_A_SECOND
        return piece


class Worker(gthread.ThreadWorker):
    """Reads each request whole before Django sees it: a slow client holds no database connection.

    It holds no thread either, until more than LARGEST_WAITING bytes of its request have arrived.

    Invalid or oversized HTTP is answered in the API's envelope, because its clients are programs that expect JSON.
    """

    def handle(self, conn: Any) -> Any:
        """Handle the next request of a connection."""
        if not conn.initialized:
            if not conn.wait_for_data(FIRST_SECONDS):
                return gthread._DEFER
            conn.init()
            # Unlike a Python timeout, the system's own limit costs nothing per response.
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
            conn.parser.unreader = Unreader(conn.sock)
        unreader = conn.parser.unreader
        unreader.begin()
        again: Any = False
        if unreader.until < time.monotonic():
            self.refuse(TooSlow(), conn.sock, conn.client, wants_page=wants_page(unreader.buf.getvalue()))
        elif self.alive and not conn.cfg.is_ssl and not unreader.fill():
            # The poller waits for more data.
            return gthread._DEFER
        else:
            again = super().handle(conn)
            unreader.end()
        if not again:
            # The library also waits for the client to close, but in the thread that serves every other connection.
            util.close_graceful(conn.sock, timeout=LINGER_SECONDS)
        return again

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Count a closed connection only once: the library counts it again when closing it twice fails."""
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close requests that did not arrive in time. The library closes idle connections, but a stop does not wait for
        them."""
        now = time.monotonic()
        for conn in [conn for conn in self.pending_conns if not conn.initialized and not self.alive]:
            with contextlib.suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RD)
        for conn in [conn for conn in self.pending_conns if conn.initialized and conn.parser.unreader.until < now]:
            self.on_pending_socket_readable(conn, conn.sock)
        super().murder_pending()

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Read the body, then let Django answer. Raises BodyTooLarge for the announced length, before that."""
        largest = largest_body(req.path)
        announced = next((int(value) for name, value in req.headers if name == "CONTENT-LENGTH"), None)
        if announced is not None and announced > largest:
            raise BodyTooLarge
        if req._expected_100_continue:
            if not conn.parser.unreader.continued:
                conn.sock.sendall(CONTINUE)
            req._expected_100_continue = False
        body = req.body.read(largest + 1)
        if len(body) > largest:
            raise BodyTooLarge
        if announced is None and body:
            # Django reads as much as was announced, which is nothing for a chunked body.
            req.headers = [(name, value) for name, value in req.headers if name != "TRANSFER-ENCODING"]
            req.headers.append(("CONTENT-LENGTH", str(len(body))))
        if announced is not None and len(body) < announced:
            raise NoMoreData
        req.body = io.BytesIO(body)
        try:
            return bool(super().handle_request(req, conn))
        except BlockingIOError:
            self.log.warning("A client did not accept its response.")
            return False
        finally:
            # Nothing remains to be skipped before the next request.
            req.body = io.BytesIO()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Refuse a request that cannot be read; the library handles everything else."""
        if not isinstance(exc, ParseException):
            # Without the request, whose path the library would log.
            super().handle_error(None, client, addr, exc)
            return
        head = "".join(f"\r\n{name}: {value}" for name, value in req.headers) if req else ""
        self.refuse(exc, client, addr, wants_page=wants_page(f"GET {req.path if req else '/'}{head}".encode("latin-1")))

    def refuse(self, error: ParseException, client: Any, address: Any, *, wants_page: bool) -> None:
        """Answer a request that cannot be read, and log it."""
        status = status_of(error)
        identifier = correlation.begin()
        log_unread(status, address[0] if address else "", because=type(error).__name__)
        answer = page(status) if wants_page else envelope_of(status)
        with contextlib.suppress(OSError):
            util.write_nonblock(client, refusal(status, *answer, identifier=identifier))


def log_unread(status: HTTPStatus, address: str, *, because: str) -> None:
    """Write a line of the access log for a request that could not be read: there is neither method nor route."""
    facts = {"status": int(status), "address": shortened(address), "error": because}
    words = "A request could not be read: %(status)s %(error)s from=%(address)s"
    logger.warning(words, facts, extra={"facts": facts})


def largest_body(path: str) -> int:
    """Return the largest body, in bytes, for this path."""
    largest: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if path.startswith(SCANS):
        largest = settings.DELIVERY_MAX_MEMORY_SIZE
    return largest


def has_arrived(raw: bytes) -> bool:
    """Return whether a request is complete, or has as many bytes as may be buffered. The reader decides where it
    ends."""
    head, end, body = raw.partition(b"\r\n\r\n")
    if not end or len(raw) > LARGEST_WAITING:
        return len(raw) > LARGEST_WAITING
    head += b"\r\n"
    if found := LENGTH.search(head):
        announced = int(found[1])
        path = head.partition(b" ")[2].decode("latin-1")
        return len(body) >= announced or announced > largest_body(path)
    codings = [coding.strip().lower() for coding in CODINGS.findall(head)]
    # Any other coding is refused, so there is nothing to wait for.
    return codings != [b"chunked"] or _have_arrived(body)


def _have_arrived(chunks: bytes) -> bool:
    """Return whether a chunked body is complete or broken, so that reading it needs no more data."""
    there = IterUnreader([chunks] if chunks else [])
    # Trailers raise AttributeError: the reader handles them, because it has their request.
    with contextlib.suppress(ParseException, NoMoreData, AttributeError):
        ChunkedReader(None, there).read(len(chunks) + 1)
    return there.iter is not None


def status_of(error: ParseException) -> HTTPStatus:
    """Return the status of a request that cannot be read."""
    if isinstance(error, LimitRequestLine):
        return HTTPStatus.REQUEST_URI_TOO_LONG
    if isinstance(error, LimitRequestHeaders):
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    if isinstance(error, BodyTooLarge):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if isinstance(error, TooSlow):
        return HTTPStatus.REQUEST_TIMEOUT
    return HTTPStatus.BAD_REQUEST


def wants_page(head: bytes) -> bool:
    """Return whether the head of a request, as far as it came, is that of a browser which asks for a page."""
    path = head.partition(b" ")[2].decode("latin-1")
    return bool(HTML.search(head)) and not path.startswith(envelope.API_PREFIXES)


def envelope_of(status: HTTPStatus) -> tuple[str, bytes]:
    """Return type and content of a refusal for programs."""
    errors = [{"code": "General", "message": f"The request cannot be read: {status.phrase}."}]
    return "application/json", json.dumps(envelope.body(status, errors)).encode()


def page(status: HTTPStatus) -> tuple[str, bytes]:
    """Return type and content of a refusal for people."""
    message = MESSAGES.get(status, UNREADABLE)
    shown = {"code": status.value, "title": status.phrase, "message": message}
    try:
        return "text/html; charset=utf-8", render_to_string("unreadable.html", shown).encode()
    except ValueError:
        # Without collected files, no page can be made.
        return "text/plain; charset=utf-8", message.encode()


def refusal(status: HTTPStatus, content_type: str, body: bytes, *, identifier: str) -> bytes:
    """Return a complete HTTP response."""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n{correlation.HEADER}: {identifier}\r\nCache-Control: private, no-store\r\n"
        f"Content-Security-Policy: {build_policy()}\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    )
    return head.encode("ascii") + body
