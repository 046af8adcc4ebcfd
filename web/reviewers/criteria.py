"""The published criteria, for everybody: the same list that reviewers use."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from certification.models import Criterion


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show what a connector must and should fulfill."""
    return render(request, "reviewers/criteria.html", {"criteria": Criterion.objects.filter(active=True)})
