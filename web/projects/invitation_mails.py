"""Refuse mails of invitations: by the link in one, without an account, and on the page of one's profile."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.projects import invited_addresses, memberships
from web.projects.forms import InvitationMailsForm
from web.requests import SignedInRequest, require_POST


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether an address wants no more mails of invitations; a POST says so.

    A mail program sends the POST itself when its user unsubscribes (RFC 8058), so it needs no token of a page: the
    signed link is the right, and all that it does is to send less.
    """
    address = invited_addresses.read(token)
    if address is None:
        raise Http404("This link is not one of ours.")
    if request.method == "POST":
        invited_addresses.refuse({address})
    return render(request, "projects/invitation_mails.html", {"done": request.method == "POST"})


@login_required
@require_POST
def choose(request: SignedInRequest) -> HttpResponse:
    """Refuse mails of invitations to one's own confirmed addresses, or get them again."""
    form = InvitationMailsForm(request.POST)
    hashes = {invited_addresses.hashed(one) for one in memberships.confirmed_addresses(request.user)}
    if form.is_valid() and form.cleaned_data["mails"] == form.ON:
        invited_addresses.allow(hashes)
        messages.success(request, "You get invitations by email again.")
    else:
        invited_addresses.refuse(hashes)
        messages.success(request, "You get no more invitations by email. They still show under Projects.")
    return redirect("profile")
