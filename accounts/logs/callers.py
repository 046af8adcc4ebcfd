"""Who asks, as far as a log tells it: by ids, and with the address as long as a setting allows."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.logs.addresses import shortened
from accounts.logs.lines import NOTHING

CLIENT = "authenticated_client"


def caller_of(request: HttpRequest | None) -> dict[str, str]:
    """Return who asks: the ids of person and API client, if they are known without a query, and the address."""
    if request is None:
        return {"user": NOTHING, "client": NOTHING, "address": NOTHING}
    who = _known(request)
    client = str(getattr(who, "client_id", "") or getattr(request, CLIENT, ""))
    is_person = not client and getattr(who, "is_authenticated", False)
    return {
        "user": str(getattr(who, "pk", NOTHING)) if is_person else NOTHING,
        "client": client or NOTHING,
        "address": address_of(request),
    }


def name_client(request: HttpRequest, client_id: str) -> None:
    """Say which API client has authenticated itself in a request without a token."""
    setattr(request, CLIENT, client_id)


def address_of(request: HttpRequest) -> str:
    """Return the caller's address, as long as LOG_ADDRESS allows; `-` where there is none."""
    return shortened(get_adapter().get_client_ip(request))


def _known(request: HttpRequest) -> object:
    """Return what authenticated itself, without reading the session for it."""
    who = vars(request).get("user")
    return vars(request).get("_cached_user") if isinstance(who, SimpleLazyObject) else who
