"""Places for what may be done only so often at the same time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.cache import cache


@dataclass(frozen=True)
class Limit:
    """A limit of so many `times` in `seconds`."""

    times: int
    seconds: int


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
