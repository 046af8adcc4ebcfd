"""Verdicts on criteria."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.requests.fields import number
from certification import formatting
from certification.evidence import machine_evidence
from certification.verdicts import verdicts
from connectors.errors import ConnectorError
from web.requests import require_POST
from web.reviewers.access import find, person, reviewing
from web.reviewers.review.overview import context, verdict_context
from web.reviewers.review.responses import Verb, wants_part


@require_POST
@reviewing("review:decide")
def verdict(request: HttpRequest, draft_id: UUID, key: str) -> HttpResponse:
    """Give a verdict on a criterion."""
    given = request.POST
    return _in_criteria(
        request,
        draft_id,
        lambda: verdicts.decide(
            draft_id,
            key,
            given.get("value", ""),
            by=person(request),
            comment=given.get("message", ""),
            version=number(given, "version"),
        ),
        "Verdict kept.",
        key=key,
    )


@require_POST
@reviewing("review:decide")
def accept_evidence(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Pass what the checks found nothing wrong with."""

    def verb() -> None:
        number = verdicts.accept_evidence(draft_id, by=person(request))
        if not wants_part(request):
            messages.success(request, f"{formatting.number(number, 'criterion', 'criteria')} passed by the checks.")

    return _in_criteria(request, draft_id, verb, "")


def _in_criteria(request: HttpRequest, draft_id: UUID, verb: Verb, success: str, *, key: str = "") -> HttpResponse:
    """Do it, and go back to the criteria: by a part of the page where script asks for it. A refusal keeps the text."""
    typed = {f"verdict:{key}": request.POST.get("message", "")} if key else {}
    refusal = {}
    try:
        verb()
    except ConnectorError as error:
        refusal = {"refused": key, "refusal": error.message}
    if not wants_part(request):
        if not refusal:
            if success:
                messages.success(request, success)
            return redirect(f"{reverse('review', args=[draft_id])}#{f'criterion-{key}' if key else 'criteria'}")
        messages.error(request, refusal["refusal"])
        page = {**context(request, find(draft_id), typed=typed), **refusal}
        return render(request, "reviewers/review.html", page, status=409)
    row = find(draft_id)
    shown = verdict_context(
        request, row, evidence=machine_evidence.gather(row, now=timezone.now()), typed=typed if refusal else None
    )
    part = {**shown, **refusal}
    return render(request, "reviewers/_criteria_part.html", part, status=409 if refusal else 200)
