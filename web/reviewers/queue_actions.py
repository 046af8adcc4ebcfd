"""The queue's buttons: claim the next review, or run one verb for all selected submissions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from certification import business_calendar, formatting, overdue
from certification.desk import claims
from certification.models import Round
from certification.rounds import reruns
from connectors.errors import ConnectorError
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.forms import BulkForm
from web.reviewers.queue_page import query_of

MOST_REASONS = 3
Verb = Callable[[UUID], object]


@require_POST
@reviewing("review:claim")
def claim_next(request: HttpRequest) -> HttpResponse:
    """Claim the unassigned review with the earliest due date."""
    row = claims.claim_next(by=person(request))
    if row is None:
        messages.info(request, "No review is waiting to be claimed.")
        return redirect("queue")
    messages.success(request, f"You claimed {row.name}. It is {_due(row)}.")
    return redirect("review", draft_id=row.draft_id)


@require_POST
@reviewing("review:claim")
def together(request: HttpRequest) -> HttpResponse:
    """Claim, release, assign or re-check the selected submissions, and report those for which it is not possible."""
    form = BulkForm(request.POST)
    form.is_valid()
    chosen = form.cleaned_data["draft"]
    verb, what = _verbs(person(request), form.cleaned_data.get("to")).get(form.cleaned_data["action"], (None, ""))
    if not chosen:
        messages.error(request, "Select at least one submission.")
    elif verb is None:
        messages.error(request, "Choose a reviewer.")
    else:
        done, reasons = _each(chosen, verb)
        if done:
            messages.success(request, f"{formatting.number(done, 'submission')} {what}.")
        for reason in reasons[:MOST_REASONS]:
            messages.error(request, reason)
    return redirect(f"{reverse('queue')}?{query_of(request.GET)}")


def _verbs(by: User, to: User | None) -> dict[str, tuple[Verb, str]]:
    """Return the verbs for several submissions, each with the words for its success message."""
    verbs: dict[str, tuple[Verb, str]] = {
        "claim": (lambda draft_id: claims.start(draft_id, by=by), "claimed"),
        "release": (lambda draft_id: claims.release(draft_id, by=by), "released"),
        "recheck": (lambda draft_id: reruns.recheck(draft_id, by=by), "being re-checked"),
    }
    if to is not None:
        verbs["assign"] = (lambda draft_id: claims.assign(draft_id, to=to, by=by), f"assigned to {to}")
    return verbs


def _each(chosen: Iterable[UUID], verb: Verb) -> tuple[int, list[str]]:
    """Run a verb for each draft; return how many succeeded, and the reasons of the others."""
    done, refused = 0, []
    for draft_id in chosen:
        try:
            verb(draft_id)
        except ConnectorError as error:
            refused.append(error.message)
        else:
            done += 1
    return done, list(dict.fromkeys(refused))


def _due(row: Round) -> str:
    now = timezone.now()
    said = formatting.due_of(row, now=now, calendar=business_calendar.calendar())
    return said if overdue.is_overdue(row, now=now) else f"due {said}"
