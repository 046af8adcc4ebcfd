"""What the buttons of the review page do: one verb each, then back to the page with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from certification import claims, decisions
from certification.errors import AlreadySent
from certification.views import review
from certification.views.access import find, person, reviewing
from connectors.errors import ConnectorError


@require_POST
@reviewing("review:claim")
def start(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Take the review and begin."""
    return _done(request, draft_id, lambda: claims.start(draft_id, by=person(request)), "The review is yours.")


@require_POST
@reviewing("review:comment")
def comment(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Add a public comment."""
    message = request.POST.get("message", "")
    return _done(
        request,
        draft_id,
        lambda: decisions.comment(draft_id, by=person(request), message=message, token=_token(request)),
        "Comment sent. The developer sees it now.",
    )


@require_POST
@reviewing("review:decide")
def certify(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give the certificate."""
    message = request.POST.get("message", "")
    return _done(
        request,
        draft_id,
        lambda: decisions.certify(draft_id, by=person(request), message=message, token=_token(request)),
        "Certified. The connector is public and listed.",
    )


@require_POST
@reviewing("review:decide")
def fail(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Refuse the certificate."""
    message, reason = request.POST.get("message", ""), request.POST.get("reason", "")
    return _done(
        request,
        draft_id,
        lambda: decisions.fail(draft_id, by=person(request), reason=reason, message=message, token=_token(request)),
        "The certificate is refused, and the developer is told why.",
    )


def _done(request: HttpRequest, draft_id: UUID, verb: Callable[[], object], success: str) -> HttpResponse:
    """Do it and go back to the page; a refusal shows the page again with what was typed."""
    try:
        verb()
    except AlreadySent as error:
        messages.info(request, error.message)
    except ConnectorError as error:
        messages.error(request, error.message)
        page = review.context(request, find(draft_id))
        return render(request, "certification/review.html", {**page, "typed": request.POST}, status=409)
    else:
        messages.success(request, success)
    return redirect("review", draft_id=draft_id)


def _token(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return None
