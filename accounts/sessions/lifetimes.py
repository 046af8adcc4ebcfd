"""End sessions that have been idle or have lasted too long, whatever their cookie says.

Who may open reviews or the admin has less time than everybody else; the settings say how much. Requests that a page
sends by itself do not count as activity. A session's moments are in the session, so that most requests cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.roles import PORTAL

GetResponse = Callable[[HttpRequest], HttpResponse]

BEGAN_AT, SEEN_AT = "began_at", "seen_at"
"""The session's keys of its beginning and of the last activity, in seconds."""

PRECISION = 60
"""Seconds between two notes of activity: a page with many parts costs one."""

POLL = "Portal-Poll"
"""The header of requests that a page sends by itself, as the `hx-headers` of its template say."""


@dataclass(frozen=True)
class Times:
    """The seconds that a session may be idle and may last."""

    idle: int
    whole: int


def times_of(user: User) -> Times:
    """Return the limits of somebody's sessions."""
    if user.is_staff or user.role in PORTAL["review:read"]:
        return Times(settings.STAFF_SESSION_IDLE_SECONDS, settings.STAFF_SESSION_SECONDS)
    return Times(settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE)


@receiver(user_logged_in)
def begin(request: HttpRequest, **_: Any) -> None:
    """Note when a session began."""
    request.session[BEGAN_AT] = request.session[SEEN_AT] = time()


def enforce(get_response: GetResponse) -> GetResponse:
    """Sign somebody out whose session is over, and say why; note the activity of everybody else."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            why = _check(request, times_of(request.user))
            if why:
                logout(request)
                messages.info(request, why)
        return get_response(request)

    return handle


def _check(request: HttpRequest, times: Times) -> str:
    """Return why the session is over, or "" after noting the activity. One without a beginning begins now."""
    now, session = time(), request.session
    began, seen = session.setdefault(BEGAN_AT, now), session.setdefault(SEEN_AT, now)
    if now - began >= times.whole:
        return f"You were signed out: a session lasts {_words(times.whole)}. Sign in again to continue."
    if now - seen >= times.idle:
        return f"You were signed out after {_words(times.idle)} without activity. Sign in again to continue."
    if now - seen >= PRECISION and not _is_by_itself(request):
        session[SEEN_AT] = now
        if not session.get_expire_at_browser_close():
            session.set_expiry(int(began + times.whole - now) + 1)
    return ""


def _is_by_itself(request: HttpRequest) -> bool:
    """Return whether a page asked without its reader: a part of it with our header, or a page that loads itself again.

    Browsers mark the navigations that a person began (Fetch Metadata, `Sec-Fetch-User`); those without any mark count.
    """
    navigates = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return POLL in request.headers or (navigates and "Sec-Fetch-User" not in request.headers)


def _words(seconds: int) -> str:
    """Return a duration as people say it."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size} {name}{'s' * (seconds != size)}"
    return f"{seconds} seconds"
