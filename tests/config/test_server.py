"""The web server as it is started: what it logs, and what it answers to what is no request."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest

from config.server import MESSAGES, has_arrived, page, refusal
from tests import contract, portal

pytestmark = pytest.mark.security


@dataclass(frozen=True)
class Server:
    """Where it listens, and the file that it logs to."""

    port: int
    log: Path

    def connect(self, raw: bytes = b"") -> socket.socket:
        """Open a connection and send bytes on it."""
        wire = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        wire.sendall(raw)
        return wire

    def send(self, raw: bytes) -> tuple[bytes, bytes]:
        """Send bytes and return head and body of what comes back."""
        with self.connect(raw) as wire:
            return answer_on(wire)

    def lines(self, word: str) -> list[str]:
        """Return the lines of the log with this word; the server writes them after the answer."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            found = [line for line in self.log.read_text(encoding="utf-8").splitlines() if word in line]
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{word} is not in the log:\n{self.log.read_text(encoding='utf-8')}")


def answer_on(wire: socket.socket) -> tuple[bytes, bytes]:
    """Return head and body of the answer that comes on a connection."""
    answer = http.client.HTTPResponse(wire)
    answer.begin()
    return f"{answer.status} {answer.getheader('Content-Type')}".encode(), answer.read()


@contextmanager
def started(folder: Path) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """Start the web server by the command that docs/operations.md names, and end it."""
    found = Server(portal.free_port(), folder / "log")
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "HTTPS": "off",
        "MAIL_TO_LOG": "on",
        "VAR_DIR": str(folder / "var"),
        "STATIC_ROOT": str(folder / "static"),
        "LOG_FORMAT": "json",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{found.port}", "--threads", "8"]
    with found.log.open("wb") as log:
        process = subprocess.Popen(command, cwd=portal.ROOT, env=environment, stdout=log, stderr=log)
        try:
            found.lines("Booting worker")
            yield found, process
        finally:
            process.terminate()
            process.wait(30)
    assert not list(folder.rglob("*.ctl")), "the server left a control socket in the home folder"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a web server. No request of these tests needs the database."""
    with started(tmp_path_factory.mktemp("server")) as (found, _):
        yield found


def test_every_answer_has_a_line_with_its_correlation_id(server: Server) -> None:
    server.send(b"GET /connectors/drafts?text=private HTTP/1.1\r\nHost: localhost\r\nX-Correlation-ID: line-1\r\n\r\n")

    line = json.loads(server.lines("line-1")[-1])

    assert line["correlationId"] == "line-1"
    assert (line["method"], line["route"], line["status"], line["client"]) == ("GET", "/connectors/drafts", 401, "-")
    assert line["address"] == "127.0.0.1"
    assert "private" not in json.dumps(line)
    assert len(server.lines("line-1")) == 1


def test_path_with_line_breaks_stays_out_of_the_log(server: Server) -> None:
    server.send(b"GET /connectors/%0A%1b[31mforged HTTP/1.1\r\nHost: localhost\r\nX-Correlation-ID: line-2\r\n\r\n")

    assert json.loads(server.lines("line-2")[-1])["status"] == 401
    assert "forged" not in server.log.read_text(encoding="utf-8")


def test_what_could_not_be_read_has_a_line_with_its_status(server: Server) -> None:
    server.send(b"NONSENSE-LINE\r\n\r\n")

    line = json.loads(server.lines("InvalidRequestLine")[-1])

    assert (line["status"], line["address"]) == (400, "127.0.0.1")
    assert "NONSENSE-LINE" not in server.log.read_text(encoding="utf-8")


def test_wrong_host_name_is_one_line_without_a_traceback(server: Server) -> None:
    server.send(b"GET /connectors/drafts HTTP/1.1\r\nHost: evil.example\r\nX-Correlation-ID: line-3\r\n\r\n")

    logged = [json.loads(line) for line in server.lines("line-3")]

    assert any("evil.example" in line["message"] for line in logged)
    assert not [line for line in logged if "exception" in line]


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        (b"GET /connectors/search?id=%s HTTP/1.1" % (b"x" * 9000), b"", 414),
        (b"GET /connectors/search HTTP/1.1", b"X-Large: %s\r\n" % (b"x" * 9000), 431),
        (b"GET /connectors/search HTTP/1.1", b"No colon\r\n", 400),
        (b"NONSENSE", b"", 400),
    ],
    ids=["long line", "large header", "broken header", "no request line"],
)
def test_what_cannot_be_read_is_refused_in_the_envelope(
    server: Server, request_line: bytes, headers: bytes, status: int
) -> None:
    head, body = server.send(request_line + b"\r\nHost: localhost\r\n" + headers + b"\r\n")

    assert head == f"{status} application/json".encode()
    contract.validate("ErrorResponse.json", json.loads(body))
    assert json.loads(body)["statusCode"] == status


def test_search_for_many_ids_is_not_too_long(server: Server) -> None:
    query = b"&".join([b"id=00000000-0000-4000-8000-000000000000"] * 150)

    head, _ = server.send(b"GET /connectors/search?" + query + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert head == b"401 application/json"


POST = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("path", [b"/oauth/token", b"/connectors/drafts", b"/accounts/login/", b"/scans/nobody"])
@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"], ids=["", "expect"])
def test_body_announced_too_large_is_refused_before_it_comes(server: Server, path: bytes, expect: bytes) -> None:
    head, body = server.send(POST % path + expect + b"Content-Length: 8589934592\r\n\r\n")

    assert head == b"413 application/json"
    contract.validate("ErrorResponse.json", json.loads(body))


BROWSER = b"Accept: text/html,application/xhtml+xml\r\n"


@pytest.mark.parametrize(
    ("path", "kind"), [(b"/accounts/login/", b"text/plain"), (b"/oauth/token", b"application/json")]
)
def test_a_browser_is_refused_in_words_and_a_program_in_the_envelope(server: Server, path: bytes, kind: bytes) -> None:
    head, _ = server.send(POST % path + BROWSER + b"Content-Length: 8589934592\r\n\r\n")

    assert head.startswith(b"413 " + kind)


@pytest.mark.parametrize("status", [HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT])
def test_the_page_of_a_refusal_is_one_of_the_portals(status: HTTPStatus) -> None:
    content_type, body = page(status)
    answer = refusal(status, content_type, body, identifier="abc").decode()

    assert answer.startswith(f"HTTP/1.1 {status.value} ")
    assert "default-src 'none'" in answer.partition("\r\n\r\n")[0]
    assert MESSAGES[status] in body.decode()
    assert "<h1>" in body.decode()


CODINGS = [b"foo", b"chunked, foo", b"foo, chunked", b"gzip", b"chunked\r\nTransfer-Encoding: chunked", b"\xff", b""]


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_in_an_unknown_coding_is_refused_at_once(server: Server, coding: bytes) -> None:
    began = time.monotonic()

    head, _ = server.send(POST % b"/oauth/token" + b"Transfer-Encoding: " + coding + b"\r\n\r\nabc")

    assert head == b"400 application/json"
    assert time.monotonic() - began < 8


def test_chunks_that_become_too_many_are_refused(server: Server) -> None:
    chunks = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"

    head, _ = server.send(POST % b"/oauth/token" + CHUNKED + chunks * 17)

    assert head == b"413 application/json"


def test_body_below_the_limit_is_read_by_its_length_and_in_chunks(server: Server) -> None:
    by_length = server.send(POST % b"/oauth/token" + b"Content-Length: %d\r\n\r\n" % len(FORM) + FORM)
    in_chunks = server.send(POST % b"/oauth/token" + CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(FORM), FORM))

    assert b"invalid_target" in by_length[1]
    assert in_chunks == by_length


def test_sarif_may_be_larger_than_other_bodies(server: Server) -> None:
    sarif = b" " * 5_000_000

    head, _ = server.send(POST % b"/scans/nobody" + b"Content-Length: %d\r\n\r\n" % len(sarif) + sarif)

    assert head == b"404 application/json"


FORM = b"resource=everything"


def test_body_that_comes_in_pieces_is_read(server: Server) -> None:
    pieces = [
        [POST % b"/oauth/token", b"Content-Length: %d\r\n" % len(FORM), b"\r\n", FORM[:1], FORM[1:]],
        [POST % b"/oauth/token" + CHUNKED, b"5\r\n" + FORM[:5], b"\r\ne\r\n" + FORM[5:], b"\r\n0\r\n", b"\r\n"],
        [POST % b"/oauth/token" + CHUNKED + b"13\r\n" + FORM + b"\r\n0\r\n", b"X-Trailer: it\r\n", b"\r\n"],
    ]

    for rows in pieces:
        with server.connect() as wire:
            for piece in rows:
                wire.sendall(piece)
                time.sleep(0.2)
            assert b"invalid_target" in answer_on(wire)[1]


def test_client_that_waits_for_the_word_to_go_on_gets_it_once(server: Server) -> None:
    with server.connect(POST % b"/oauth/token" + b"Expect: 100-continue\r\nContent-Length: 19\r\n\r\n") as wire:
        word = wire.recv(1000)
        wire.sendall(FORM)
        head, body = answer_on(wire)

    assert word == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (head, b"invalid_target" in body) == (b"400 application/json", True)


def test_requests_that_come_together_are_answered_one_by_one(server: Server) -> None:
    one = POST % b"/oauth/token" + b"Content-Length: 19\r\n\r\n" + FORM

    with server.connect(one + one + one[:-5]) as wire:
        came = b""
        while came.count(b"HTTP/1.1 400") < 2:
            came += wire.recv(10_000)
        wire.sendall(one[-5:])
        while came.count(b"HTTP/1.1 400") < 3:
            came += wire.recv(10_000)

    assert came.count(b"invalid_target") >= 2


def test_slow_clients_hold_no_thread(server: Server) -> None:
    slow = [
        b"",
        b"POST /oauth",
        POST % b"/oauth/token" + b"Content-Length: 100\r\n\r\nabc",
        POST % b"/scans/nobody" + b"Content-Length: 5000000\r\n\r\nabc",
        POST % b"/oauth/token" + b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
        POST % b"/oauth/token" + CHUNKED + b"5\r\na\r\n\r\n",
    ]
    with ExitStack() as stack:
        wires = [stack.enter_context(server.connect(raw)) for raw in slow * 5]
        answers = [server.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(5)]
        ended = [wire for wire in select.select(wires, [], [], 0)[0] if not wire.recv(1000).startswith(b"HTTP/1.1 100")]

    # They have eight threads: had each held one, somebody would have been ended before the others were answered.
    assert {head[:3] for head, _ in answers} == {b"200"}
    assert not ended


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (b"NONSENSE\r\n\r\n", True),
        (b"x" * 200_000, True),
        (b"POST / HTTP/1.1\r\nCONTENT-length:  3 \r\n\r\nab", False),
        (b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n", True),
        (b"POST /scans/x HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", False),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", True),
    ],
)
def test_what_may_be_read_without_waiting(raw: bytes, expected: bool) -> None:
    assert has_arrived(raw) is expected


def test_what_does_not_arrive_is_ended_and_idle_connections_stay(server: Server) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    idle = server.connect(request)
    assert answer_on(idle)[0].startswith(b"200")
    silent = [
        server.connect(POST % b"/oauth/token" + b"Content-Length: 100\r\n\r\n"),
        server.connect(POST % b"/connectors/drafts" + CHUNKED),
        server.connect(POST % b"/connectors/drafts" + CHUNKED + b"ff\r\nabc"),
        server.connect(POST % b"/accounts/login/"),
    ]
    dripping = [
        server.connect(POST % b"/oauth/token" + b"Content-Length: 1000000\r\n\r\n"),
        server.connect(POST % b"/oauth/token" + b"X-Long: "),
    ]

    waiting = [*silent, *dripping]
    until = time.monotonic() + 60
    while waiting and time.monotonic() < until:
        ready, _, _ = select.select(waiting, [], [], 0.5)
        waiting = [wire for wire in waiting if wire not in ready]
        for wire in dripping:
            if wire in waiting:
                wire.sendall(b"a")

    assert not waiting
    for wire in silent + dripping:
        head, body = answer_on(wire)
        assert head == b"408 application/json"
        contract.validate("ErrorResponse.json", json.loads(body))
        wire.close()
    # Clients keep idle connections, and would see one that the server closed first as broken.
    idle.sendall(request)
    assert answer_on(idle)[0].startswith(b"200")
    idle.close()


def test_client_that_hangs_up_is_no_fault(server: Server) -> None:
    before = len(server.log.read_text(encoding="utf-8"))

    for sent in (b"Content-Length: 100\r\n\r\nabc", CHUNKED + b"ff\r\nabc", b"X-Cut: "):
        server.connect(POST % b"/oauth/token" + sent).close()
    server.send(b"GET /connectors/drafts HTTP/1.1\r\nHost: localhost\r\nX-Correlation-ID: after-them\r\n\r\n")

    assert server.lines("after-them")
    assert "Traceback" not in server.log.read_text(encoding="utf-8")[before:]


def test_stop_waits_for_what_has_begun_and_for_nothing_else(tmp_path: Path) -> None:
    with started(tmp_path) as (server, process):
        for _ in range(3):
            server.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        with server.connect() as silent, server.connect(POST % b"/oauth/token") as begun:
            # An answer of another connection tells that the threads have looked at these.
            server.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.5)
            process.terminate()
            server.lines("Handling signal: term")
            silent.recv(1)
            time.sleep(1.5)
            begun.sendall(b"Content-Length: 19\r\n\r\n" + FORM)
            assert b"invalid_target" in answer_on(begun)[1]
        assert process.wait(20) == 0
