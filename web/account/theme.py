"""The theme of the pages: light, dark, or the system's."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.requests import cookies
from web.account.forms import ThemeForm
from web.requests import require_POST

YEAR = 365 * 24 * 3600


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Store the theme in a cookie and redirect to `next`. Any value except light and dark means the system's theme."""
    theme, target = ThemeForm(request.POST).chosen()
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=settings.HTTPS):
        target = "/"
    response, name = HttpResponseRedirect(target), cookies.named("theme")
    if theme:
        # Not HttpOnly: portal.js writes the same cookie to avoid the round trip.
        response.set_cookie(name, theme, max_age=YEAR, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie(name, samesite="Lax")
    return response
