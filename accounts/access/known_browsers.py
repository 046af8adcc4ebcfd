"""Remember the browsers that somebody signed in with, to notify them of a sign-in with a new one.

The browser keeps the list itself, signed: nothing is stored here, and a browser that loses it counts as new.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.requests import cookies

COOKIE = "browser"
SALT = "accounts.browsers"
YEAR = 365 * 24 * 3600
"""Seconds."""
MOST = 10
"""The people who used one browser, the latest first."""


def knows(request: HttpRequest, user: User) -> bool:
    """Return whether the person signed in with this browser within a year."""
    return user.pk in _people(request)


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Record in the browser that the person signed in with it."""
    people = [user.pk, *(pk for pk in _people(request) if pk != user.pk)][:MOST]
    response.set_cookie(
        cookies.named(COOKIE),
        signing.dumps(people, salt=SALT),
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[int]:
    try:
        people: list[int] = signing.loads(request.COOKIES.get(cookies.named(COOKIE), ""), salt=SALT, max_age=YEAR)
    except signing.BadSignature:
        return []
    return people
