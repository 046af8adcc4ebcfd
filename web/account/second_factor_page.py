"""The way to a second factor, and from there back to the page that needs one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from accounts.factors import second_factors
from web.requests import SignedInRequest

BACK = "back_after_second_factor"
"""The session's key of the page to return to; the pages of second factors link to it once there is one."""


@login_required
@require_safe
def set_up(request: SignedInRequest) -> HttpResponse:
    """Lead to the setup, or back to the page `next` for somebody who has a second factor."""
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    if second_factors.has_one(request.user):
        request.session.pop(BACK, None)
        return redirect(back)
    request.session[BACK] = back
    return redirect("mfa_index")
