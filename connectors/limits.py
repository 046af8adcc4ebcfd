"""The limits of `accounts.limits` as errors of the API: what is too much is answered with 429 in the envelope."""

from __future__ import annotations

from accounts.limits import counting
from accounts.limits.counting import Exceeded
from accounts.limits.table import Limit
from connectors.errors import ConnectorError


class TooManyRequests(ConnectorError, Exceeded):
    """Something was done too often. The contract has no code of its own for it."""

    status_code = 429
    code = "General"

    def __init__(self, exceeded: Exceeded) -> None:
        # Each of the two classes expects other arguments of its own.
        Exception.__init__(self, str(exceeded))
        self.message, self.details = str(exceeded), {}
        self.limit, self.seconds = exceeded.limit, exceeded.seconds


def spend(limit: Limit, *, of: object) -> None:
    """Count one attempt of somebody, within a request; raise TooManyRequests beyond the limit."""
    try:
        counting.spend(limit, of=of)
    except Exceeded as exceeded:
        raise TooManyRequests(exceeded) from None


def refused(limit: Limit, *, seconds: int) -> TooManyRequests:
    """Return the error for what is counted elsewhere."""
    return TooManyRequests(counting.refused(limit, seconds=seconds))
