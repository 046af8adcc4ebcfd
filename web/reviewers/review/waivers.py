"""Waivers for findings."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from certification.verdicts import waiver_decisions
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.forms import WaiverForm
from web.reviewers.review.responses import Verb, done


@require_POST
@reviewing("waiver:propose")
def propose_waiver(request: HttpRequest, draft_id: UUID, finding_id: int) -> HttpResponse:
    """Propose a waiver for a finding."""
    form = WaiverForm(request.POST, finding_id=finding_id)

    def verb() -> None:
        given = form.cleaned_data
        waiver_decisions.propose(
            draft_id,
            finding_id,
            by=person(request),
            scope=given["scope"],
            reason=given["message"],
            path=given["path"],
            false_alarm=given["false_alarm"],
            expires_at=given["until"],
        )

    return done(
        request,
        draft_id,
        verb,
        "Waiver proposed. Somebody else who may approve waivers decides.",
        form=form,
        at=f"finding-{finding_id}",
    )


@require_POST
@reviewing("waiver:propose")
def decide_waiver(request: HttpRequest, draft_id: UUID, pk: int, how: str) -> HttpResponse:
    """Approve or revoke a waiver."""
    by = person(request)
    verbs: dict[str, tuple[Verb, str]] = {
        "approve": (
            lambda: waiver_decisions.approve(draft_id, pk, by=by),
            "Waiver approved. Its findings no longer block.",
        ),
        "revoke": (
            lambda: waiver_decisions.revoke(draft_id, pk, by=by),
            "Waiver revoked. Its findings are open again.",
        ),
    }
    if how not in verbs:
        raise Http404("There is no such verb.")
    verb, said = verbs[how]
    return done(request, draft_id, verb, said, at="findings")
