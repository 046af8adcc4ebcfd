"""Count what a request does against the limits, and refuse what is too much.

Only requests are limited: what commands, workers and the portal itself do counts nothing. Each count is one atomic
statement (`database.counters`). A refused attempt is not counted.
"""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network, ip_address

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.limits import ledger
from accounts.limits.ledger import Spent
from accounts.limits.table import Limit
from accounts.models import Counter
from database import counters
from database.counters import Counted

TABLE = Counter._meta.db_table
LONGEST_KEY = 100
"""How many characters of a name are kept as they are."""

NETWORK = 64
"""Bits of an IPv6 address that name the network."""


class Exceeded(Exception):
    """Something was done too often. The text says what, and when to try again; `seconds` is the time until then."""

    def __init__(self, limit: Limit, seconds: int) -> None:
        super().__init__(f"{limit.refusal.format(times=limit.times)} Try again in {in_words(seconds)}.")
        self.limit = limit
        self.seconds = seconds


def spend(limit: Limit, *, of: object) -> None:
    """Count one attempt of somebody, within a request; raise Exceeded beyond the limit.

    `of` is what the limit is `per`: the id of a person or Project, the client id, or the address of the caller.
    """
    if not counts():
        return
    limit = in_force(limit)
    counted = _add(limit, of)
    ledger.note(Spent(limit, _remaining(limit, counted), _wait(counted)))
    if counted.count > limit.times:
        raise refused(limit, seconds=_wait(counted))


def count(limit: Limit, *, of: object, told: bool = True) -> bool:
    """Count one of somebody wherever it happens, and return whether it is still within the limit.

    Unless `told`, the answer says nothing of it, which would give away that there is such an account.
    """
    if not settings.RATE_LIMITS:
        return True
    limit = in_force(limit)
    counted = _add(limit, of)
    if told:
        ledger.note(Spent(limit, _remaining(limit, counted), _wait(counted)))
    return counted.count <= limit.times


def look(*wanted: tuple[Limit, object]) -> list[int]:
    """Return for each limit the seconds that somebody must wait, 0 when they need not; one statement counts nothing."""
    if not settings.RATE_LIMITS:
        return [0] * len(wanted)
    keys = [_key(limit, of) for limit, of in wanted]
    found = counters.read(TABLE, keys, now=time.time())
    return [
        _wait(found[key]) if key in found and found[key].count >= in_force(limit).times else 0
        for key, (limit, _) in zip(keys, wanted, strict=True)
    ]


def refused(limit: Limit, *, seconds: int) -> Exceeded:
    """Return the error for what the request asks for; the answer says so in its status and fields."""
    limit = in_force(limit)
    ledger.note(Spent(limit, 0, seconds), refused=True)
    return Exceeded(limit, seconds)


def counts() -> bool:
    """Return whether what happens now is counted: within a request, while limits are on."""
    return settings.RATE_LIMITS and ledger.is_open()


def in_force(limit: Limit) -> Limit:
    """Return the limit with the number that holds here: the one of the setting LIMITS, else that of the table."""
    times = settings.LIMITS.get(limit.name)
    return limit if times is None else replace(limit, times=times)


def forget(*, now: float) -> int:
    """Delete counters that have ended; return how many."""
    return counters.forget(TABLE, before=now)


def address_of(request: HttpRequest) -> str:
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


def in_words(seconds: int) -> str:
    """Return a time to wait in words, rounded up: `40 seconds`, `3 minutes`, `5 hours`."""
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size or size == 1:
            number = max(1, math.ceil(seconds / size))
            return f"{number} {unit}{'s' if number > 1 else ''}"
    raise AssertionError("unreachable")


def _add(limit: Limit, of: object) -> Counted:
    return counters.add(TABLE, _key(limit, of), most=limit.times, seconds=limit.seconds, now=time.time())


def _key(limit: Limit, of: object) -> str:
    """Return the key of a counter. Names that others choose are hashed: anything must fit."""
    name = str(of)
    if len(name) > LONGEST_KEY or not name.isascii():
        name = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return f"{limit.name}:{name}"


def _remaining(limit: Limit, counted: Counted) -> int:
    return max(0, limit.times - counted.count)


def _wait(counted: Counted) -> int:
    return max(1, math.ceil(counted.ends_at - time.time()))
