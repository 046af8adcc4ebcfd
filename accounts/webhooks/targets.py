"""Connect to a webhook's receiver, and to nothing else.

A host name is resolved when the connection is made, each of its addresses is checked, and one of exactly these is used,
so that DNS rebinding has no effect. WEBHOOK_ALLOW_PRIVATE turns this off for closed networks.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

from validator.public_addresses import is_public

LONGEST_URL = 2048
SECONDS = 15.0
"""The limit for one whole attempt, however slowly the receiver responds."""

LONGEST_ANSWER = 2_000
"""How many bytes of a response are logged."""

HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*")
"""A host name as the resolver accepts it, or an IPv6 address; without a zone and without encoded characters."""

OTHER_WAYS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}")
"""What the resolver accepts as an IPv4 address (inet_aton): one to four numbers, also hexadecimal or octal."""


class Unreachable(Exception):
    """The receiver could not be reached; the text says why, without any data from the receiver."""


class Refused(Unreachable):
    """The receiver must not be contacted: it is inside a private network."""


@dataclass(frozen=True)
class Reply:
    """The receiver's response: status, the beginning of its body as text, and when to retry (seconds)."""

    status: int
    text: str
    retry_after: float | None = None


def problem_of(url: str) -> str | None:
    """Return what is wrong with a receiver's URL, or None. Host names are not resolved here."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return "Expected a URL without spaces and special characters."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "Expected a URL such as https://example.com/hooks/connectors."
    schemes = ("https", "http") if settings.WEBHOOK_ALLOW_PRIVATE else ("https",)
    if parts.scheme not in schemes or not host or port == 0:
        return "Expected a URL that begins with https://, such as https://example.com/hooks/connectors."
    if not HOST.fullmatch(host):
        return "The URL has no valid host name."
    if parts.username is not None or parts.password is not None:
        return "The URL must not contain a user name or password; verify the signature instead."
    if parts.fragment:
        return "The URL must not contain a #."
    if not settings.WEBHOOK_ALLOW_PRIVATE and _is_inside(host):
        return "This URL is in a private network, which cannot be reached from here."
    return None


def _is_inside(host: str) -> bool:
    """Return whether a host is private, without resolving it."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not is_public(_usual(name))
    except ValueError:
        return False


def _usual(name: str) -> str:
    """Return an IPv4 address in another notation (`2130706433`, `0x7f.1`, `0177.1`) as four numbers."""
    if not OTHER_WAYS.fullmatch(name):
        return name
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return name


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send a message and return the response. Redirects are not followed. Raises Unreachable."""
    deadline = time.monotonic() + SECONDS
    backend = Judging(deadline=deadline)
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=ssl.create_default_context(), network_backend=backend, max_connections=1
            ) as pool,
            pool.stream("POST", url, headers=_header_list(url, headers), content=body) as response,
        ):
            kept = b""
            for chunk in response.iter_stream():
                kept += chunk
                if len(kept) >= LONGEST_ANSWER or time.monotonic() > deadline:
                    break
            return Reply(response.status, _shown(kept[:LONGEST_ANSWER]), _retry_after(response.headers))
    except httpcore.TimeoutException as error:
        raise Unreachable(f"It did not answer within {SECONDS:.0f} seconds.") from error
    except ssl.SSLError as error:
        raise Unreachable("Its TLS certificate could not be verified.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        certificate = isinstance(error.__cause__ or error.__context__, ssl.SSLError)
        reason = "Its TLS certificate could not be verified." if certificate else "The connection failed."
        raise Unreachable(reason) from error
    except (ValueError, httpcore.UnsupportedProtocol) as error:
        raise Unreachable("Its URL cannot be used.") from error


def _header_list(url: str, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("Host", urlsplit(url).netloc), *headers.items()]


def _shown(text: bytes) -> str:
    return "".join(char if char.isprintable() or char in "\n\t" else " " for char in text.decode("utf-8", "replace"))


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 7:
            return float(value)
    return None


class Judging(httpcore.NetworkBackend):
    """Connects only to addresses that were just checked, and gives up at a deadline."""

    def __init__(self, *, deadline: float) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve the name, check every address, connect to the first that answers."""
        addresses = resolved(host, port)
        if not settings.WEBHOOK_ALLOW_PRIVATE and not all(is_public(address) for address in addresses):
            raise Refused("Its name resolves to a private network, which is refused.")
        last: Exception | None = None
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(
                    address, port, timeout=remaining(self._deadline), local_address=local_address
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return Hurried(stream, deadline=self._deadline)
        raise Unreachable("The connection failed.") from last

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: a receiver is never a socket on this machine's file system."""
        raise Refused("Its URL cannot be used.")

    def sleep(self, seconds: float) -> None:
        """Do nothing: the library makes no retries here."""
        self._inner.sleep(seconds)


class Hurried(httpcore.NetworkStream):
    """A connection whose waits all end at one deadline, so that a slow receiver cannot hold it."""

    def __init__(self, inner: httpcore.NetworkStream, *, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout=remaining(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout=remaining(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, timeout=remaining(self._deadline))
        return Hurried(stream, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def remaining(deadline: float) -> float:
    """Return the seconds until a deadline; raise the library's timeout when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("This attempt timed out.")
    return left


def resolved(host: str, port: int) -> list[str]:
    """Return the distinct addresses of a name. Raises Unreachable."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("Its name does not resolve.") from error
    return list(dict.fromkeys(str(row[4][0]) for row in rows))
