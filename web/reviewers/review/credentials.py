"""The test credentials."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from certification.rounds import (
    submissions,
)
from connectors.errors import ConnectorError
from web import one_time_secrets
from web.reviewers.access import find, person, reviewing


@require_http_methods(["GET", "POST"])
@reviewing("review:reveal-credentials")
def reveal(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Record who sees the test credentials, and show them once, on a page that browsers do not store.

    A reload redirects to the review, so that seeing them again is recorded again.
    """
    place = f"credentials of {draft_id}"
    if request.method == "POST":
        try:
            text = submissions.reveal(draft_id, by=person(request))
        except ConnectorError as error:
            messages.error(request, error.message)
            return redirect("review", draft_id=draft_id)
        one_time_secrets.keep(request.session, place=place, secret={"credentials": text})
        return redirect("review_reveal", draft_id=draft_id)
    kept = one_time_secrets.take(request.session, place=place)
    if kept is None:
        return redirect("review", draft_id=draft_id)
    row = find(request, draft_id)
    response = render(request, "reviewers/credentials.html", {"round": row, "draft": row.draft, **kept})
    response["Cache-Control"] = "no-store"
    return response
