"""How a button answers: back to the page with a sentence; a refusal shows the page again with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.requests.fields import identifier
from certification.errors import AlreadySent
from certification.rounds import (
    conversation,
)
from connectors.errors import ConnectorError
from web.reviewers.access import find
from web.reviewers.review.overview import context

Verb = Callable[[], object]


def wants_part(request: HttpRequest) -> bool:
    """Tell whether script asks for a part of the page instead of a way back to it."""
    return request.headers.get("X-Requested-With") == "fetch"


def done(
    request: HttpRequest,
    draft_id: UUID,
    verb: Verb,
    success: str,
    *,
    typed: dict[str, str] | None = None,
    at: str = "",
) -> HttpResponse:
    """Do it and go back to the page; a refusal shows the page again with what was typed."""
    try:
        verb()
    except AlreadySent as error:
        messages.info(request, error.message)
    except ConnectorError as error:
        return refused(request, draft_id, error, typed=typed)
    else:
        if success:
            messages.success(request, success)
    anchor = f"#{at}" if at else ""
    return redirect(f"{reverse('review', args=[draft_id])}{anchor}")


def refused(
    request: HttpRequest, draft_id: UUID, error: ConnectorError, *, typed: dict[str, str] | None = None
) -> HttpResponse:
    """Show the review again, with why it was refused and what was typed."""
    messages.error(request, error.message)
    page = context(request, find(draft_id), typed=typed)
    return render(request, "reviewers/review.html", page, status=409)


def typed_form(request: HttpRequest, slot: str) -> dict[str, str]:
    """Return the form that was sent, as the page shows it again."""
    return conversation.form(slot, request.POST.get("message", ""), request.POST.dict())


def token_of(request: HttpRequest) -> UUID | None:
    return identifier(request.POST.get("token", ""))
