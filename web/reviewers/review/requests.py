"""Requests for changes."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from accounts.requests.fields import INTEGER, number
from certification.rounds import (
    conversation,
)
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.review.responses import Verb, done, typed_form


@require_POST
@reviewing("review:decide")
def ask_for(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Ask for a change."""
    given = request.POST
    return done(
        request,
        draft_id,
        lambda: conversation.request(
            draft_id,
            by=person(request),
            text=given.get("message", ""),
            path=given.get("path", ""),
            line=number(given, "line", largest=INTEGER),
            fingerprint=given.get("fingerprint", ""),
            criterion=given.get("criterion", ""),
            slot=given.get("slot", ""),
        ),
        "Request kept. The developer gets it when you request changes.",
        typed=typed_form(request, conversation.REQUEST),
        at=f"finding-{finding}" if (finding := number(given, "finding")) else "requests",
    )


@require_POST
@reviewing("review:decide")
def settle(request: HttpRequest, draft_id: UUID, pk: int, how: str) -> HttpResponse:
    """Accept, drop or reopen a request."""
    by = person(request)
    verbs: dict[str, tuple[Verb, str]] = {
        "accept": (lambda: conversation.settle(draft_id, pk, by=by, accepted=True), "Accepted."),
        "drop": (lambda: conversation.settle(draft_id, pk, by=by, accepted=False), "Dropped."),
        "reopen": (lambda: conversation.reopen(draft_id, pk, by=by), "Open again."),
    }
    if how not in verbs:
        raise Http404("There is no such verb.")
    verb, said = verbs[how]
    return done(request, draft_id, verb, said, at="requests")
