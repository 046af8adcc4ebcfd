"""Failed attempts to get in, counted by address and by name, so that guessing is slow.

Counts live in the shared cache for one window; a success does not reset them, so that one good client cannot
hide an attack from the same address.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True)
class Limit:
    """At most `failures` in `seconds`."""

    name: str
    failures: int
    seconds: int


BY_ADDRESS = Limit("address", 60, 60)
BY_CLIENT = Limit("client", 10, 60)


def _keys(request: HttpRequest, *, client_id: str) -> list[tuple[Limit, str]]:
    address = get_adapter().get_client_ip(request) or "unknown"
    keys = [(BY_ADDRESS, f"attempts:{address}")]
    if client_id:
        # Hashed, because whatever somebody sends as a client id has to fit a cache key.
        digest = hashlib.sha256(client_id.encode("utf-8", "replace")).hexdigest()
        keys.append((BY_CLIENT, f"attempts:{address}:{digest}"))
    return keys


def seconds_to_wait(request: HttpRequest, *, client_id: str = "") -> int:
    """Return how long this caller has to wait before the next try; 0 when it may go on."""
    if not settings.RATE_LIMITS:
        return 0
    keys = {key: limit for limit, key in _keys(request, client_id=client_id)}
    waits = [0]
    for key, (count, until) in cache.get_many(keys).items():
        if count >= keys[key].failures:
            waits.append(int(until - time.time()) + 1)
    return max(waits)


def failed(request: HttpRequest, *, client_id: str = "") -> None:
    """Count one failure."""
    if not settings.RATE_LIMITS:
        return
    for limit, key in _keys(request, client_id=client_id):
        count, until = cache.get(key) or (0, time.time() + limit.seconds)
        cache.set(key, (count + 1, until), timeout=max(1, until - time.time()))
