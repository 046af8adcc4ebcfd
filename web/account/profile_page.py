"""The profile page: the name of the person who is signed in, and whether they get invitations by mail."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.projects import invited_addresses, memberships
from web.account.forms import ProfileForm
from web.requests import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Show and change the name, and show whether invitations are mailed."""
    form = ProfileForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        request.user.name = form.cleaned_data["name"]
        request.user.save(update_fields=["name"])
        messages.success(request, "Profile saved.")
        return redirect("profile")
    addresses = memberships.confirmed_addresses(request.user)
    refused = invited_addresses.refused({invited_addresses.hashed(one) for one in addresses})
    context = {"form": form, "refused": refused, "addresses": addresses}
    return render(request, "profile/profile.html", context, status=422 if form.errors else 200)
