"""What browsers and proxies may keep of an answer.

A page of somebody who is signed in stays with them, and is asked for again before it is shown from a cache; going back
stays instant. Nothing of an account's pages is kept: they show secrets. What may be kept by everybody, such as a
certificate, says so in its own view.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from accounts.requests.middleware import GetResponse

ACCOUNT = "/accounts/"
PRIVATE = "private, no-cache"
SECRET = "private, no-store"  # noqa: S105
CLEARED = '"cache", "storage"'
"""What browsers forget after signing out. Cookies stay: the theme, and the browser that the person is known by."""


def keep_private(get_response: GetResponse) -> GetResponse:
    """Add Cache-Control to each answer without one, and Clear-Site-Data after somebody has signed out."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = SECRET if request.path_info.startswith(ACCOUNT) else PRIVATE
        if getattr(request, "signed_out", False):
            response.headers["Clear-Site-Data"] = CLEARED
        return response

    return handle


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest | None, **_: Any) -> None:
    """Mark the request that ended a session, whatever ended it: the button, a new password, a deleted account."""
    if request is not None:
        request.signed_out = True  # type: ignore[attr-defined]
