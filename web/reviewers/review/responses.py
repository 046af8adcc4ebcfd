"""The responses to buttons: a redirect to the page with a message, or after a refusal the page with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from certification.errors import AlreadySent
from connectors.errors import ConnectorError
from web.reviewers.access import find
from web.reviewers.forms import ReviewForm
from web.reviewers.review.overview import context

Verb = Callable[[], object]


def carry_out(request: HttpRequest, verb: Verb, form: ReviewForm | None = None) -> str | None:
    """Run a verb, unless its form is invalid; return the reason of a refusal, or None.

    A form that was sent twice is not a refusal: a message says so. A refusal also appears at the form's field.
    """
    if form is not None and not form.is_valid():
        return "Fix the fields below."
    try:
        verb()
    except AlreadySent as error:
        messages.info(request, error.message)
    except ConnectorError as error:
        if form is not None:
            form.refuse(error.message)
        return error.message
    return None


def done(
    request: HttpRequest, draft_id: UUID, verb: Verb, success: str = "", *, form: ReviewForm | None = None, at: str = ""
) -> HttpResponse:
    """Run a verb and redirect to the page. A refusal shows the page again with what was typed."""
    if (refusal := carry_out(request, verb, form)) is not None:
        return refused(request, draft_id, refusal, form=form)
    if success:
        messages.success(request, success)
    return redirect(f"{reverse('review', args=[draft_id])}{f'#{at}' if at else ''}")


def refused(request: HttpRequest, draft_id: UUID, message: str, *, form: ReviewForm | None = None) -> HttpResponse:
    """Show the review again, with the reason of the refusal and what was typed."""
    if form is None:
        messages.error(request, message)
    return render(request, "reviewers/review.html", context(request, find(request, draft_id), refused=form), status=409)
