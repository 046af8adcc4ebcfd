"""The page that lists the security events of one's own account."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import SecurityEvent
from accounts.sessions import history
from web.requests import SignedInRequest

PER_PAGE = 30


@dataclass(frozen=True)
class Told:
    """An event with its words and its icon."""

    event: SecurityEvent
    title: str
    icon: str

    @property
    def is_own(self) -> bool:
        """Whether the person did it, or somebody in their name: only then the page shows from where."""
        return self.event.kind != history.BY_OPERATOR


@login_required
@require_safe
def show(request: SignedInRequest) -> HttpResponse:
    """Show the newest events first, page by page."""
    page = Paginator(SecurityEvent.objects.filter(user=request.user), PER_PAGE).get_page(request.GET.get("page"))
    lines = [Told(event, *history.KINDS.get(event.kind, (event.kind, "activity"))) for event in page]
    context = {"page": page, "lines": lines, "days": settings.SECURITY_EVENTS_DAYS}
    return render(request, "profile/security_events.html", context)
