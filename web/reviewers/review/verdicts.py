"""Verdicts on criteria."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from certification import formatting
from certification.evidence import machine_evidence
from certification.verdicts import verdicts
from web.requests import require_POST, wants_part
from web.reviewers.access import find, person, reviewing
from web.reviewers.forms import VerdictForm
from web.reviewers.review.overview import verdict_context
from web.reviewers.review.responses import Verb, carry_out, done


@require_POST
@reviewing("review:decide")
def verdict(request: HttpRequest, draft_id: UUID, key: str) -> HttpResponse:
    """Give a verdict on a criterion."""
    form = VerdictForm(request.POST, key=key)

    def verb() -> None:
        given = form.cleaned_data
        verdicts.decide(
            draft_id, key, given["value"], by=person(request), comment=given["message"], version=given["version"]
        )

    if wants_part(request):
        return _criteria_again(request, draft_id, verb, form=form)
    return done(request, draft_id, verb, "Verdict saved.", form=form, at=f"criterion-{key}")


@require_POST
@reviewing("review:decide")
def accept_evidence(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Pass the undecided criteria whose checks found nothing."""

    def verb() -> None:
        number = verdicts.accept_evidence(draft_id, by=person(request))
        if not wants_part(request):
            messages.success(request, f"{formatting.number(number, 'criterion', 'criteria')} passed by the checks.")

    if wants_part(request):
        return _criteria_again(request, draft_id, verb)
    return done(request, draft_id, verb, at="criteria")


def _criteria_again(
    request: HttpRequest, draft_id: UUID, verb: Verb, *, form: VerdictForm | None = None
) -> HttpResponse:
    """Run the verb and show the criteria, with the other parts of the page that a verdict changes."""
    refusal = carry_out(request, verb, form)
    row = find(request, draft_id)
    shown = verdict_context(
        request,
        row,
        evidence=machine_evidence.gather(row, now=timezone.now()),
        refused=form if refusal is not None else None,
    )
    part = {**shown, "refusal": refusal if form is None else None}
    return render(request, "reviewers/_criteria_part.html", part, status=200 if refusal is None else 409)
