"""Public comments, private notes, escalations, and words that are kept while they are typed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.requests.fields import INTEGER, number
from certification.choices import Escalation
from certification.errors import NotAllowed
from certification.rounds import (
    conversation,
    decisions,
    escalations,
    rounds,
)
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.review.line_comments import file_address
from web.reviewers.review.responses import done, refused, token_of, typed_form, wants_part

NOBODY = (
    "No other active account outside this Project has a role that looks at it. Ask an admin to give it to somebody."
)


@require_POST
@reviewing("review:comment")
def comment(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Add a public comment."""
    text = request.POST.get("message", "")
    return done(
        request,
        draft_id,
        lambda: decisions.comment(draft_id, by=person(request), message=text, token=token_of(request)),
        "Comment sent. The developer and the API show it now.",
        typed={"comment": text},
        at="conversation",
    )


@require_POST
@reviewing("review:comment")
def note(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Add a private note."""
    text = request.POST.get("message", "")
    return done(
        request,
        draft_id,
        lambda: conversation.note(draft_id, by=person(request), text=text),
        "Note kept. Only reviewers see it.",
        typed={"note": text},
        at="notes",
    )


@require_POST
@reviewing("review:comment")
def escalate(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Ask a lead or a security reviewer to look."""
    to, text, by = request.POST.get("to", ""), request.POST.get("message", ""), person(request)

    def verb() -> None:
        row = decisions.escalate(draft_id, to=to, by=by, note=text)
        label = Escalation(to).label.lower()
        if not to:
            messages.success(request, "Escalation ended.")
        elif escalations.people(row).exclude(pk=by.pk).exists():
            messages.success(request, f"Escalated to the {label}s.")
        else:
            messages.warning(request, f"Marked as escalated to the {label}s, but it reaches nobody. {NOBODY}")

    return done(
        request,
        draft_id,
        verb,
        "",
        typed=typed_form(request, "escalation"),
        at="notes",
    )


@require_POST
@reviewing("review:comment")
def keep_unsent(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Keep what is being typed: called as one types, and by the button where no script runs."""
    row = rounds.current(draft_id)
    if row is None:
        raise Http404("Nothing is being reviewed.")
    slot = request.POST.get("slot", "")[:600]
    try:
        conversation.keep_unsent(
            row,
            by=person(request),
            slot=slot,
            text=request.POST.get("message", ""),
            fields=request.POST.dict(),
            now=timezone.now(),
        )
    except NotAllowed as error:
        return refused(request, draft_id, error)
    if wants_part(request):
        return HttpResponse(status=204)
    messages.success(request, "Kept. Only you see it until you send it.")
    if slot.startswith("line:"):
        return redirect(
            file_address(request, draft_id, request.POST.get("path", ""), number(request.POST, "line", largest=INTEGER))
        )
    anchor = "#requests" if slot == conversation.REQUEST else ""
    return redirect(f"{reverse('review', args=[draft_id])}{anchor}")
