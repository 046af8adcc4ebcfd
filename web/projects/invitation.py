"""The page of an invitation's link."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import actors
from accounts.models import Invitation
from accounts.projects import memberships
from accounts.projects.member_abilities import MembershipError
from web.requests import SignedInRequest


@require_safe
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites to which Project, and how to accept: signed in with the invited address."""
    row = memberships.find(token)
    user = request.user
    if row is None:
        place = memberships.joined_through(token, user=user) if user.is_authenticated else None
        if place is not None:
            return redirect("project", place.project.key)
        return render(request, "projects/invitation_over.html", status=404)
    fits = user.is_authenticated and row.email in memberships.confirmed_addresses(user)
    return render(request, "projects/invitation.html", {"invitation": row, "fits": fits})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Accept an invitation to one of your confirmed addresses. A GET leads to the list of invitations."""
    if request.method != "POST":
        return redirect("projects")
    row = get_object_or_404(Invitation.objects.select_related("project"), pk=invitation_id)
    if row.email not in memberships.confirmed_addresses(request.user):
        raise Http404("There is no such invitation for you.")
    by = actors.person(request.user, public_name=row.project.key)
    try:
        memberships.accept(row, user=request.user, by=by)
    except MembershipError as error:
        messages.error(request, str(error))
        return redirect("projects")
    messages.success(request, f"You are now a member of {row.project}.")
    return redirect("project", row.project.key)
