"""Waivers of findings."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from certification import business_calendar
from certification.errors import ReviewError
from certification.verdicts import waiver_decisions
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.review.responses import Verb, done, typed_form


@require_POST
@reviewing("waiver:propose")
def propose_waiver(request: HttpRequest, draft_id: UUID, finding_id: int) -> HttpResponse:
    """Propose that a finding shall not block."""
    given = request.POST
    return done(
        request,
        draft_id,
        lambda: waiver_decisions.propose(
            draft_id,
            finding_id,
            by=person(request),
            scope=given.get("scope", ""),
            reason=given.get("message", ""),
            path=given.get("path", ""),
            false_alarm=given.get("false_alarm") == "yes",
            expires_at=_day(given.get("until", "")),
        ),
        "Proposed. Somebody who may approve waivers decides.",
        typed=typed_form(request, f"waiver:{finding_id}"),
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
            "Approved. Its findings do not block any more.",
        ),
        "revoke": (lambda: waiver_decisions.revoke(draft_id, pk, by=by), "Revoked. Its findings are open again."),
    }
    if how not in verbs:
        raise Http404("There is no such verb.")
    verb, said = verbs[how]
    return done(request, draft_id, verb, said, at="findings")


def _day(text: str) -> datetime | None:
    """Return the end of the day that was chosen, for "until" a day means all of it; None when none was."""
    if not text:
        return None
    try:
        return business_calendar.calendar().end_of(date.fromisoformat(text))
    except ValueError as error:
        raise ReviewError("The date cannot be read. Write it as YYYY-MM-DD.") from error
