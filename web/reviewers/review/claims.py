"""Who reviews: claim, release and assign a review, and re-run its checks."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from certification.desk import claims
from certification.rounds import reruns
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.forms import AssignForm
from web.reviewers.review.responses import done


@require_POST
@reviewing("review:claim")
def start(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Claim the review and start it."""
    return done(request, draft_id, lambda: claims.start(draft_id, by=person(request)), "You claimed this review.")


@require_POST
@reviewing("review:claim")
def release(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Release the review."""
    return done(
        request, draft_id, lambda: claims.release(draft_id, by=person(request)), "Released. Anyone can claim it now."
    )


@require_POST
@reviewing("review:assign")
def assign(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Assign the review to somebody."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["to"][0]))
        return redirect("review", draft_id=draft_id)
    to = form.cleaned_data["to"]
    return done(
        request, draft_id, lambda: claims.assign(draft_id, to=to, by=person(request)), f"Review assigned to {to}."
    )


@require_POST
@reviewing("review:rerun")
def recheck(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Re-run the checks."""
    return done(
        request,
        draft_id,
        lambda: reruns.recheck(draft_id, by=person(request)),
        "The checks are running again. New results appear here. The old ones are kept.",
        at="findings",
    )
