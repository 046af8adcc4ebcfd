"""Requests for changes."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from certification.rounds import conversation
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.forms import RequestForm
from web.reviewers.review.responses import Verb, done


@require_POST
@reviewing("review:decide")
def ask_for(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Request a change."""
    form = RequestForm(request.POST)
    form.is_valid()
    finding = form.cleaned_data.get("finding")

    def verb() -> None:
        given = {name: form.cleaned_data[name] for name in ("path", "line", "fingerprint", "criterion", "slot")}
        conversation.request(draft_id, by=person(request), text=form.cleaned_data["message"], **given)

    return done(
        request,
        draft_id,
        verb,
        "Request added. The developer gets it when you request changes.",
        form=form,
        at=f"finding-{finding}" if finding else "requests",
    )


@require_POST
@reviewing("review:decide")
def settle(request: HttpRequest, draft_id: UUID, pk: int, how: str) -> HttpResponse:
    """Accept, drop or reopen a request."""
    by = person(request)
    verbs: dict[str, tuple[Verb, str]] = {
        "accept": (lambda: conversation.settle(draft_id, pk, by=by, accepted=True), "Request accepted."),
        "drop": (lambda: conversation.settle(draft_id, pk, by=by, accepted=False), "Request dropped."),
        "reopen": (lambda: conversation.reopen(draft_id, pk, by=by), "Request reopened."),
    }
    if how not in verbs:
        raise Http404("There is no such verb.")
    verb, said = verbs[how]
    return done(request, draft_id, verb, said, at="requests")
