"""Who reviews: claim, release, assign, and have the checks run again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.requests.fields import number
from certification.desk import claims
from certification.rounds import (
    decisions,
)
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.review.responses import done


@require_POST
@reviewing("review:claim")
def start(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Take the review and begin."""
    return done(request, draft_id, lambda: claims.start(draft_id, by=person(request)), "The review is yours.")


@require_POST
@reviewing("review:claim")
def release(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give the review back."""
    return done(
        request, draft_id, lambda: claims.release(draft_id, by=person(request)), "Anybody can take the review now."
    )


@require_POST
@reviewing("review:assign")
def assign(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give the review to somebody."""
    to = User.objects.filter(pk=number(request.POST, "to") or 0).first()
    if to is None:
        messages.error(request, "Choose a reviewer first.")
        return redirect("review", draft_id=draft_id)
    return done(
        request, draft_id, lambda: claims.assign(draft_id, to=to, by=person(request)), f"The review is with {to} now."
    )


@require_POST
@reviewing("review:rerun")
def recheck(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Run the checks again."""
    return done(
        request,
        draft_id,
        lambda: decisions.recheck(draft_id, by=person(request)),
        "The checks run again. The results appear here; the old ones are kept.",
        at="findings",
    )
