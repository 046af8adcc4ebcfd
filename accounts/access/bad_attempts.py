"""Wrong credentials at the token service: who must wait, and who is not concerned.

A client that exists is counted alone, by its id and the caller's address: nobody else's mistakes keep it waiting. The
counter of the address concerns ids that no client has, which only somebody who guesses sends. A success resets nothing,
so that one valid client cannot hide an attack from the same address.
"""

from __future__ import annotations

from django.http import HttpRequest

from accounts.limits import counting
from accounts.limits.counting import address_of
from accounts.limits.table import BAD_CREDENTIALS, UNKNOWN_CLIENTS, Limit
from accounts.models import ApiClient


def limit_that_holds(request: HttpRequest, *, client_id: str, also: Limit) -> tuple[Limit, int] | None:
    """Return the limit that keeps this caller waiting, and the seconds until the next attempt; None when none does.

    `also` is a limit on what the client gets done. It is one statement, unless the address has reached its limit.
    """
    wanted: list[tuple[Limit, object]] = [
        (BAD_CREDENTIALS, _pair(request, client_id)),
        (UNKNOWN_CLIENTS, address_of(request)),
        (also, client_id),
    ]
    for (limit, _), seconds in zip(wanted, counting.look(*wanted), strict=True):
        if seconds and not (limit is UNKNOWN_CLIENTS and exists(client_id)):
            return limit, seconds
    return None


def failed(request: HttpRequest, *, client_id: str) -> None:
    """Count wrong credentials."""
    if client_id:
        counting.count(BAD_CREDENTIALS, of=_pair(request, client_id))
    if not exists(client_id):
        counting.count(UNKNOWN_CLIENTS, of=address_of(request))


def exists(client_id: str) -> bool:
    """Return whether a client has this id, so that its own counter protects it."""
    return bool(client_id) and ApiClient.objects.filter(client_id=client_id).exists()


def _pair(request: HttpRequest, client_id: str) -> str:
    return f"{address_of(request)}:{client_id}"
