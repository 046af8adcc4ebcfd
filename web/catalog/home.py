"""The home page: the portal for visitors, their work for people who are signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from accounts.access.permissions import may
from web.catalog.catalog import Card, public

NEWEST = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send reviewers to their queue and developers to their drafts; show visitors the home page."""
    if not request.user.is_authenticated:
        newest = public().order_by("-published_at", "pk")[:NEWEST]
        return render(request, "home.html", {"newest": [Card(connector) for connector in newest]})
    if may(request.user, "review:read"):
        try:
            return redirect(reverse("queue"))
        except NoReverseMatch:
            return redirect("drafts")
    return redirect("drafts")
