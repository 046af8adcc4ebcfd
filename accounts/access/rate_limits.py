"""Count attempts and limit them; failed sign-ins are counted by IP address and by name, to slow down guessing.

Counters live in the shared cache for one window; a success does not reset them, so that one valid client cannot hide an
attack from the same address.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True)
class Limit:
    """A limit of so many `times` in `seconds`."""

    times: int
    seconds: int


BY_ADDRESS = Limit(times=60, seconds=60)
BY_CLIENT = Limit(times=10, seconds=60)
NETWORK = 64
"""Bits of an IPv6 address that name the network."""


def _keys(request: HttpRequest, *, client_id: str) -> list[tuple[Limit, str]]:
    address = _address_of(request)
    keys = [(BY_ADDRESS, f"failures:{address}")]
    if client_id:
        # Hashed, because anything sent as a client id must fit a cache key.
        digest = hashlib.sha256(client_id.encode("utf-8", "replace")).hexdigest()
        keys.append((BY_CLIENT, f"failures:{address}:{digest}"))
    return keys


def _address_of(request: HttpRequest) -> str:
    """Return the address of a caller, or its network for IPv6, because one network has millions of addresses."""
    address: str = get_adapter().get_client_ip(request)
    try:
        parsed = ip_address(address)
    except ValueError:
        return address or "unknown"
    if isinstance(parsed, IPv6Address):
        # A socket for both versions shows callers with IPv4 as parts of one network.
        parsed = parsed.ipv4_mapped or IPv6Network((parsed, NETWORK), strict=False).network_address
    return str(parsed)


def seconds_to_wait(request: HttpRequest, *, client_id: str = "") -> int:
    """Return the seconds that this caller must wait before the next attempt; 0 when it may continue."""
    if not settings.RATE_LIMITS:
        return 0
    limits = {key: limit for limit, key in _keys(request, client_id=client_id)}
    last = {_slots(key, until, limits[key])[-1]: until for key, until in cache.get_many(limits).items()}
    return max((int(last[slot] - time.time()) + 1 for slot in cache.get_many(last)), default=0)


def failed(request: HttpRequest, *, client_id: str = "") -> None:
    """Count one failure."""
    if not settings.RATE_LIMITS:
        return
    for limit, key in _keys(request, client_id=client_id):
        take(limit, key)


def take(limit: Limit, key: str) -> int:
    """Count one attempt for a key; return 0, or the seconds until the next one is allowed.

    Each attempt takes its own slot: two concurrent writes of the same number would count as one.
    """
    end = time.time() + limit.seconds
    until = cache.get_or_set(key, end, timeout=limit.seconds) or end
    slots = _slots(key, until, limit)
    taken = cache.get_many(slots)
    left = max(1, until - time.time())
    if any(cache.add(slot, True, timeout=left) for slot in slots if slot not in taken):
        return 0
    return int(left) + 1


@contextmanager
def place(key: str, *, places: int, seconds: float) -> Iterator[bool]:
    """Hold one of a limited number of slots across all processes; yield whether one was free.

    A slot held by a killed process is free again after `seconds`.
    """
    held = next(
        (name for name in (f"{key}:{n}" for n in range(places)) if cache.add(name, True, timeout=seconds)), None
    )
    try:
        yield held is not None
    finally:
        if held:
            cache.delete(held)


def _slots(key: str, until: float, limit: Limit) -> list[str]:
    return [f"{key}:{until}:{n}" for n in range(limit.times)]
