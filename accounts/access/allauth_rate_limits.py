"""Answer the library's rate limits with the time to wait, in the header fields and on the page."""

from __future__ import annotations

from allauth.account import app_settings as account_settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.limits import counting, ledger
from accounts.limits.ledger import Spent
from accounts.limits.table import Limit, Per

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
    return _longest(action)[1]


def action_of(request: HttpRequest) -> str:
    """Return what the library counts at the page of a request, or "" where it counts nothing."""
    match = request.resolver_match
    return ACTIONS.get(match.url_name or "", "") if match else ""


def refuse(request: HttpRequest, *, action: str) -> HttpResponse:
    """Return a 429 with a page; header fields and page give the same time."""
    times, seconds = _longest(action)
    limit = Limit(action or "attempts", Per.ADDRESS, times, seconds, what="", refusal="", reason="")
    ledger.note(Spent(limit, 0, seconds), refused=True)
    context = {"wait": counting.in_words(seconds), "again": request.path}
    return render(request, "429.html", context, status=429)


def _longest(action: str) -> tuple[int, int]:
    """Return how often in how many seconds something may be done, where several limits hold in the longest time."""
    rates = (account_settings.RATE_LIMITS.get(action) or "").split(",")
    known = [_rate(rate.strip()) for rate in rates if rate.strip()]
    return max(known, key=lambda rate: rate[1], default=(1, USUAL))


def _rate(rate: str) -> tuple[int, int]:
    """Return number and seconds of one limit, which the library's settings write as `10/m/ip` or `5/300s/key`."""
    times, window = rate.split("/")[:2]
    return int(times), int(float(window[:-1] or 1) * UNITS[window[-1]])
