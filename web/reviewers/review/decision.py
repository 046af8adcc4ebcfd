"""A decision: its preview, then sending it, once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.requests.fields import INTEGER, number
from certification.choices import AnswerKind, FailReason
from certification.desk import prepared_answers
from certification.errors import AlreadySent, NotAllowed, Obstructed, Stale
from certification.models import Round
from certification.notifications import decision_preview
from certification.rounds import (
    conversation,
    decisions,
    timeline,
)
from certification.rounds.abilities import abilities
from connectors.errors import ConnectorError
from web.requests import require_POST
from web.reviewers.access import find, person, reviewing
from web.reviewers.review.overview import context
from web.reviewers.review.responses import Verb, refused, token_of

BUTTONS = {
    AnswerKind.QUESTION: "Send the question",
    AnswerKind.CHANGES: "Request the changes",
    AnswerKind.CERTIFIED: "Certify",
    AnswerKind.FAILED: "Fail",
}


@require_POST
@reviewing("review:decide")
def preview(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show a decision as it will be seen: the mail, the comment, what happens. Nothing is sent yet."""
    row, by = find(draft_id), person(request)
    kind, text = request.POST.get("kind", ""), request.POST.get("message", "")
    if reason := abilities(row, by).too_close:
        return refused(request, draft_id, NotAllowed(reason))
    if request.POST.get("insert"):
        return _insert(request, row, text)
    if not decision_preview.sends(kind):
        messages.error(request, "Choose what to do first.")
        return redirect(f"{reverse('review', args=[draft_id])}#decide")
    conversation.keep_unsent(row, by=by, slot="message", text=text, now=timezone.now())
    since = timeline.news(row, by, last_event_id=number(request.POST, "seen"))
    return render(request, "reviewers/preview.html", {**_preview(request, row, kind, text), "since": since})


@require_POST
@reviewing("review:decide")
def decide(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Send a decision, once."""
    given, by = request.POST, person(request)
    text, kind = given.get("message", ""), given.get("kind", "")
    token, seen = token_of(request), number(given, "seen")
    verbs: dict[str, tuple[Verb, str]] = {
        AnswerKind.QUESTION: (
            lambda: decisions.ask(draft_id, by=by, message=text, token=token, last_event_id=seen),
            "The question is sent. It is the developer's turn, and your clock stands still.",
        ),
        AnswerKind.CHANGES: (
            lambda: decisions.request_changes(
                draft_id,
                by=by,
                message=text,
                days=number(given, "days", largest=INTEGER),
                token=token,
                last_event_id=seen,
            ),
            "The requests are sent. It is the developer's turn.",
        ),
        AnswerKind.CERTIFIED: (
            lambda: decisions.certify(draft_id, by=by, message=text, token=token, last_event_id=seen),
            "Certified. The connector is public and listed.",
        ),
        AnswerKind.FAILED: (
            lambda: decisions.fail(
                draft_id, by=by, reason=given.get("reason", ""), message=text, token=token, last_event_id=seen
            ),
            "The certificate is refused, and the developer is told why.",
        ),
    }
    if kind not in verbs:
        raise Http404("There is no such decision.")
    verb, said = verbs[kind]
    try:
        verb()
    except AlreadySent as error:
        messages.info(request, error.message)
    except ConnectorError as error:
        row = find(draft_id)
        if abilities(row, by).too_close:
            return refused(request, draft_id, error)
        conversation.keep_unsent(row, by=by, slot="message", text=text, now=timezone.now())
        shown = _preview(request, row, kind, text)
        return render(
            request,
            "reviewers/preview.html",
            {
                **shown,
                "refusal": error.message,
                "refusals": [str(o) for o in error.obstacles] if isinstance(error, Obstructed) else [],
                "news": error.changes if isinstance(error, Stale) else (),
            },
            status=409,
        )
    else:
        row = find(draft_id)
        first = kind == AnswerKind.CERTIFIED and row.is_open
        messages.success(
            request, f"{row.name}: {'Signed. Somebody else gives the second signature.' if first else said}"
        )
    return redirect("queue")


def _preview(request: HttpRequest, row: Round, kind: str, text: str) -> dict[str, Any]:
    page = context(request, row)
    return {
        "round": row,
        "draft": row.draft,
        "kind": kind,
        "kind_label": AnswerKind(kind).label,
        "button": BUTTONS[AnswerKind(kind)],
        "message": text,
        "preview": decision_preview.build(
            row,
            kind=kind,
            message=text,
            by=person(request),
            now=timezone.now(),
            reason=request.POST.get("reason", ""),
            days=number(request.POST, "days", largest=INTEGER),
        ),
        "open_requests": [r for r in page["requests"] if r.request.state == "open"],
        "line_comments": row.line_comments.filter(sent_with=None),
        "obstacles": page["obstacles"],
        "fail_reasons": FailReason.choices,
        "reason": request.POST.get("reason", ""),
        "usual_days": page["usual_days"],
        "days": request.POST.get("days", ""),
        "can": page["can"],
        "seen": page["seen"],
        "token": page["token"],
    }


def _insert(request: HttpRequest, row: Round, text: str) -> HttpResponse:
    """Put a prepared answer behind what was typed, for browsers without script."""
    found = next((a for a in prepared_answers.search("", most=500) if str(a.pk) == request.POST.get("answer")), None)
    joined = f"{text.rstrip()}\n\n{found.text}".strip() if found else text
    conversation.keep_unsent(row, by=person(request), slot="message", text=joined, now=timezone.now())
    return redirect(f"{reverse('review', args=[row.draft_id])}#decide")
