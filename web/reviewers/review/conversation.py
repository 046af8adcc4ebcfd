"""Public comments, private notes, escalations, and forms that are saved while people type."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from certification.choices import Escalation
from certification.errors import NotAllowed
from certification.models import Round
from certification.rounds import conversation, escalations, rounds
from web.requests import require_POST, wants_part
from web.reviewers.access import person, reviewing
from web.reviewers.forms import CommentForm, EscalationForm, NoteForm, UnsentForm
from web.reviewers.review.line_comments import file_address
from web.reviewers.review.responses import done, refused

NOBODY = "No other active account outside this Project has that role. Ask an admin to give it to somebody."


@require_POST
@reviewing("review:comment")
def comment(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Add a public comment."""
    form = CommentForm(request.POST)

    def verb() -> None:
        given = form.cleaned_data
        conversation.comment(draft_id, by=person(request), message=given["message"], token=given["token"])

    return done(
        request,
        draft_id,
        verb,
        "Comment sent. The developer and the API show it now.",
        form=form,
        at="conversation",
    )


@require_POST
@reviewing("review:comment")
def note(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Add a private note."""
    form = NoteForm(request.POST)
    return done(
        request,
        draft_id,
        lambda: conversation.note(draft_id, by=person(request), text=form.cleaned_data["message"]),
        "Note added. Only reviewers see it.",
        form=form,
        at="notes",
    )


@require_POST
@reviewing("review:comment")
def escalate(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Escalate the review to lead or security reviewers, or end the escalation."""
    form = EscalationForm(request.POST)

    def verb() -> None:
        given = form.cleaned_data
        row = escalations.escalate(draft_id, to=given["to"], by=person(request), note=given["message"])
        _tell(request, row)

    return done(request, draft_id, verb, form=form, at="notes")


def _tell(request: HttpRequest, row: Round) -> None:
    """Show a message that says who receives the escalation."""
    label = Escalation(row.escalated_to).label.lower()
    if not row.escalated_to:
        messages.success(request, "Escalation ended.")
    elif escalations.people(row).exclude(pk=person(request).pk).exists():
        messages.success(request, f"Escalated to the {label}s.")
    else:
        messages.warning(request, f"Escalated to the {label}s, but nobody receives it. {NOBODY}")


@require_POST
@reviewing("review:comment")
def keep_unsent(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Save what is being typed: called while somebody types, and by a button without JavaScript."""
    row, form = rounds.current(draft_id), UnsentForm(request.POST)
    if row is None:
        raise Http404("No review of this connector is open.")
    if not form.is_valid():
        return _not_saved(request, draft_id, "The draft cannot be saved. Remove control characters from the text.")
    slot, text = form.cleaned_data.pop("slot"), form.cleaned_data.pop("message")
    try:
        conversation.keep_unsent(
            row, by=person(request), slot=slot, text=text, fields=form.cleaned_data, now=timezone.now()
        )
    except NotAllowed as error:
        return _not_saved(request, draft_id, error.message)
    if wants_part(request):
        return render(request, "reviewers/_draft_saved.html")
    messages.success(request, "Draft saved. Only you see it until you send it.")
    if slot.startswith("line:"):
        return redirect(file_address(request, draft_id, *form.place))
    anchor = "#requests" if slot == conversation.REQUEST else ""
    return redirect(f"{reverse('review', args=[draft_id])}{anchor}")


def _not_saved(request: HttpRequest, draft_id: UUID, message: str) -> HttpResponse:
    """Say why the draft is not saved: below the text that is being typed, or on the whole page."""
    if wants_part(request):
        return render(request, "_components/refused.html", {"message": message}, status=409)
    return refused(request, draft_id, message)
