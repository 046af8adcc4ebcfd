"""No request waits for another machine: what happens within one reaches the database and Redis, and nothing else.

`watch` marks the thread of each request of any client, the live server's included. Within one, Python itself refuses
connections, name lookups and new processes (PEP 578). What a view swallows is remembered and fails the test at its end.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.mail import EmailMessage

CONNECTIONS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"})
LOOKUPS = frozenset({"socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})
PROCESSES = frozenset(
    {"subprocess.Popen", "os.system", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.exec"}
)
WATCHED = CONNECTIONS | LOOKUPS | PROCESSES

refused: list[str] = []
"""What requests tried since the last `check`."""

_here = threading.local()
_allowed: set[tuple[str, int]] = set()


def watch() -> None:
    """Watch every request of this process, until it ends."""
    sys.addaudithook(_hear)
    _wrap(BaseHandler, "get_response", _within_request)
    _wrap(EmailMessage, "send", _refuse_mail)
    _wrap(threading.Thread, "start", _inherit)


def check() -> None:
    """Fail when a request tried to reach the outside since the last time."""
    tried = [*refused]
    refused.clear()
    assert not tried, f"a request reached for the outside: {'; '.join(tried)}"


@contextmanager
def allowed(host: str, port: int) -> Iterator[None]:
    """Let requests connect to this address: GitHub's place in the tests of signing in with it."""
    _allowed.add((host, port))
    yield
    _allowed.discard((host, port))


def is_in_request() -> bool:
    """Return whether this thread answers a request, or was started by one that does."""
    return getattr(_here, "depth", 0) > 0


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event in WATCHED and is_in_request() and not _is_allowed(event, arguments):
        _refuse(f"{event} {arguments[1:2] if event == 'socket.connect' else arguments[:2]}")


def _is_allowed(event: str, arguments: tuple[Any, ...]) -> bool:
    places = {*_allowed, *_redis()}
    if event == "socket.connect":
        return arguments[1] in places or tuple(arguments[1][:2]) in places
    return event == "socket.getaddrinfo" and arguments[:2] in places


def _redis() -> set[tuple[str, int]]:
    cache = settings.CACHES["default"]
    if "redis" not in cache["BACKEND"]:
        return set()
    addresses = [urlsplit(one) for one in str(cache["LOCATION"]).split(",")]
    return {(address.hostname or "", address.port or 6379) for address in addresses}


def _refuse(what: str) -> None:
    refused.append(what)
    raise AssertionError(f"a request reached for the outside: {what}")


def _wrap(owner: type, name: str, around: Callable[..., Any]) -> None:
    original = getattr(owner, name)
    setattr(owner, name, lambda self, *args, **kwargs: around(self, original, *args, **kwargs))


def _within_request(handler: BaseHandler, get_response: Callable[..., Any], *args: Any) -> Any:
    with _marked():
        return get_response(handler, *args)


@contextmanager
def _marked() -> Iterator[None]:
    _here.depth = getattr(_here, "depth", 0) + 1
    try:
        yield
    finally:
        _here.depth -= 1


def _refuse_mail(message: EmailMessage, send: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    if is_in_request():
        # Tests keep mails in memory; here a mail server would be waited for.
        _refuse(f"mail “{message.subject}”")
    return send(message, *args, **kwargs)


def _inherit(thread: threading.Thread, start: Callable[..., Any]) -> None:
    if is_in_request():
        run = thread.run

        def marked() -> None:
            with _marked():
                run()

        thread.run = marked  # type: ignore[method-assign]
    start(thread)
