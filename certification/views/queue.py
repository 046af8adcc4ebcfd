"""The queue: what is next?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from certification import queue
from certification.choices import Turn
from certification.models import Round
from certification.views.access import person, reviewing
from connectors.choices import ConnectorStatus


@require_safe
@reviewing()
def show(request: HttpRequest) -> HttpResponse:
    """Show one page of the queue; everything that filters it stands in the address."""
    now, by = timezone.now(), person(request)
    views = queue.views(by=by, now=now)
    view = request.GET.get("view", "")
    rows = Round.objects.open().select_related("project", "assignee")
    if view in views:
        rows = rows.filter(views[view].condition)
    status = request.GET.get("status", "")
    if status in ConnectorStatus.values:
        rows = rows.filter(status=status)
    listed = list(rows.order_by("due_at", "id")[: queue.PAGE + 1])
    return render(
        request,
        "certification/queue.html",
        {
            "counters": queue.counters(by=by, now=now),
            "view": view,
            "rows": listed[: queue.PAGE],
            "has_more": len(listed) > queue.PAGE,
            "reviewers_turn": Turn.REVIEWER,
            "now": now,
        },
    )
