"""Answer the library's rate limits with the time to wait, in the header and on the page."""

from __future__ import annotations

from allauth.account import app_settings as account_settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.logs import security

ACTIONS = {
    "account_login": "login",
    "account_signup": "signup",
    "account_reset_password": "reset_password",
    "account_reset_password_from_key": "reset_password_from_key",
    "account_email": "manage_email",
    "account_change_password": "change_password",
    "account_set_password": "change_password",
    "account_reauthenticate": "reauthenticate",
}
"""The library's counter for each page."""

FAILED_LOGIN = "login_failed"
USUAL = 60
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(action: str) -> int:
    """Return the seconds after which an attempt is allowed again at the latest: refused attempts are not counted."""
    rates = (account_settings.RATE_LIMITS.get(action) or "").split(",")
    return max((_window(rate) for rate in rates if rate.strip()), default=USUAL)


def _window(rate: str) -> int:
    """Return the seconds of one limit, which the library's settings write as `10/m/ip` or `5/300s/key`."""
    window = rate.split("/")[1]
    return int(float(window[:-1] or 1) * UNITS[window[-1]])


def seconds_to_wait(request: HttpRequest) -> int:
    """Return the seconds after which a refused request may be sent again."""
    match = request.resolver_match
    action = ACTIONS.get(match.url_name or "") if match else None
    return seconds_of(action) if action else USUAL


def refuse(request: HttpRequest, *, seconds: int) -> HttpResponse:
    """Return a 429 with a page; header and page give the same time."""
    security.note(security.Name.LIMIT_EXCEEDED, {"what": "page"}, request=request)
    minutes = -(-seconds // 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    response = render(request, "429.html", {"wait": wait, "again": request.path}, status=429)
    response["Retry-After"] = str(seconds)
    return response
