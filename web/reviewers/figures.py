"""The figures of the desk, as a page with charts and as JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from certification.desk import charts, figures
from web.reviewers.access import reviewing


@require_safe
@reviewing("figures:read")
def show(request: HttpRequest) -> HttpResponse:
    """Show the figures of the last ninety days."""
    found = figures.compute(now=timezone.now())
    return render(
        request,
        "reviewers/figures.html",
        {
            "figures": found,
            "weeks": charts.weeks(found.weeks),
            "decision": charts.bars({kind: s.p80 for kind, s in found.to_decision.items() if s.p80 is not None}),
            "turns": charts.bars({turn: s.median for turn, s in found.in_turn.items() if s.median is not None}),
            "rounds": charts.bars(
                {f"{n} round{'' if n == '1' else 's'}": c for n, c in found.rounds_to_decision.items()}
            ),
        },
    )


@require_safe
@reviewing("figures:read")
def data(request: HttpRequest) -> HttpResponse:
    """Return the same figures as JSON."""
    return JsonResponse(figures.compute(now=timezone.now()).as_json())
