"""How much of a processor something costs: other than the time on a clock, it is the same on a busy machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def costs_at_most(seconds: float) -> Iterator[None]:
    """Fail when what happens within costs more, this process and the ended ones that it started together."""
    before = used()
    yield
    spent = used() - before
    assert spent < seconds, f"it cost {spent:.1f} s of a processor"


def used() -> float:
    """Return the seconds that were spent until now."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
