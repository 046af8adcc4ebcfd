"""What one request has counted, kept while it is answered: the answer tells of it in its header fields.

The fields are those of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy: "drafts";q=300;w=3600` says what is
allowed, `RateLimit: "drafts";r=299;t=3599` how much of it is left and in how many seconds it begins again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse

from accounts.limits.table import Limit
from accounts.logs import security

POLICY, STATE = "RateLimit-Policy", "RateLimit"
TOO_MANY = 429


@dataclass(frozen=True)
class Spent:
    """What is left of a limit, and the seconds after which all of it is there again."""

    limit: Limit
    remaining: int
    seconds: int

    @property
    def policy(self) -> str:
        """The limit as an item of a structured list."""
        window = f";w={self.limit.seconds}" if self.limit.seconds else ""
        return f'"{self.limit.name}";q={self.limit.times}{window}'

    @property
    def state(self) -> str:
        """What is left of it."""
        return f'"{self.limit.name}";r={self.remaining};t={self.seconds}'


@dataclass
class Ledger:
    """What one request has counted, by the names of limits, and the refusals."""

    spent: dict[str, Spent] = field(default_factory=dict)
    refused: list[Spent] = field(default_factory=list)


_current: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


def is_open() -> bool:
    """Return whether a request is being answered."""
    return _current.get() is not None


def note(spent: Spent, *, refused: bool = False) -> None:
    """Keep what is left of a limit for the answer."""
    if ledger := _current.get():
        ledger.spent[spent.limit.name] = spent
        if refused:
            ledger.refused.append(spent)


def tell(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Open a ledger for each request, and tell of it in the answer.

    A refusal that a view shows beside its form is answered with 429 as well. A redirect stays one: something was done.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        before = _current.set(ledger := Ledger())
        try:
            response = get_response(request)
        finally:
            _current.reset(before)
        for spent in ledger.refused:
            security.note(security.Name.LIMIT_EXCEEDED, {"what": spent.limit.name}, request=request)
        return _with_fields(response, ledger)

    return handle


def _with_fields(response: HttpResponse, ledger: Ledger) -> HttpResponse:
    if not ledger.spent:
        return response
    response.headers[POLICY] = ", ".join(spent.policy for spent in ledger.spent.values())
    response.headers[STATE] = ", ".join(spent.state for spent in ledger.spent.values())
    if ledger.refused and not 300 <= response.status_code < 400:
        response.status_code = TOO_MANY
        response.headers["Retry-After"] = str(max(spent.seconds for spent in ledger.refused))
    return response
