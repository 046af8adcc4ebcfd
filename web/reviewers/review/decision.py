"""A decision: its preview, then sending it, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from certification.choices import AnswerKind
from certification.decisions import certificate, changes, failure, question
from certification.decisions import preview as decision_preview
from certification.desk import prepared_answers
from certification.errors import AlreadySent, Obstructed, Stale
from certification.models import Round
from certification.rounds import conversation, timeline
from certification.rounds.abilities import abilities
from connectors.errors import ConnectorError
from web.requests import require_POST
from web.reviewers.access import find, person, reviewing
from web.reviewers.forms import (
    CertificateForm,
    ChangesForm,
    DecisionForm,
    FailForm,
    KindForm,
    PreviewForm,
    QuestionForm,
    ReviewForm,
    fields_of,
)
from web.reviewers.review.overview import context
from web.reviewers.review.responses import refused


@dataclass(frozen=True)
class DecisionKind:
    """One decision: its form, its button, the verb that sends it, and what is said then."""

    Form: type[DecisionForm]
    button: str
    send: Callable[..., object]
    sent: str
    extra: tuple[str, ...] = ()


KINDS: dict[str, DecisionKind] = {
    AnswerKind.QUESTION: DecisionKind(
        QuestionForm,
        "Send question",
        question.ask,
        "Question sent. It is the developer's turn, and your clock is paused.",
    ),
    AnswerKind.CHANGES: DecisionKind(
        ChangesForm,
        "Request changes",
        changes.request_changes,
        "Changes requested. It is the developer's turn.",
        extra=("days",),
    ),
    AnswerKind.CERTIFIED: DecisionKind(
        CertificateForm, "Certify", certificate.certify, "Certified. The Connector is public and listed."
    ),
    AnswerKind.FAILED: DecisionKind(
        FailForm,
        "Fail submission",
        failure.fail,
        "The submission failed, and the developer sees why.",
        extra=("reason",),
    ),
}


@require_POST
@reviewing("review:decide")
def preview(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show a decision as it will be seen: the mail, the comment, what happens. Nothing is sent yet."""
    row, by, form = find(draft_id), person(request), PreviewForm(request.POST)
    if reason := abilities(row, by).too_close:
        return refused(request, draft_id, reason)
    if not form.is_valid():
        return refused(request, draft_id, "Fix the fields below.", form=form)
    given = form.cleaned_data
    if given["insert"]:
        return _insert(request, row, given["message"], answer=given["answer"])
    kind = _kind(request)
    if kind is None:
        messages.error(request, "Choose a decision.")
        return redirect(f"{reverse('review', args=[draft_id])}#decide")
    conversation.keep_unsent(row, by=by, slot="message", text=given["message"], now=timezone.now())
    since = timeline.news(row, by, last_event_id=given["seen"])
    return render(request, "reviewers/preview.html", {**_preview(request, row, kind, form), "since": since})


@require_POST
@reviewing("review:decide")
def decide(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Send a decision, once."""
    kind = _kind(request)
    if kind is None:
        raise Http404("There is no such decision.")
    form = KINDS[kind].Form(request.POST)
    error: ConnectorError | None = None
    if form.is_valid():
        try:
            _send(request, draft_id, kind, form.cleaned_data)
        except AlreadySent as sent:
            messages.info(request, sent.message)
        except ConnectorError as refusal:
            error = refusal
    if error is not None or form.errors:
        return _again(request, find(draft_id), kind, form, error)
    return redirect("queue")


def _kind(request: HttpRequest) -> str | None:
    """Return the decision that was chosen, None for what is none."""
    form = KindForm(request.POST)
    form.is_valid()
    kind = form.cleaned_data.get("kind")
    return kind if kind in KINDS else None


def _send(request: HttpRequest, draft_id: UUID, kind: str, given: dict[str, Any]) -> None:
    """Send a decision and say what happened."""
    KINDS[kind].send(
        draft_id,
        by=person(request),
        message=given["message"],
        token=given["token"],
        last_event_id=given["seen"],
        **{name: given[name] for name in KINDS[kind].extra},
    )
    row = find(draft_id)
    first = kind == AnswerKind.CERTIFIED and row.is_open
    said = "Signed. Another reviewer gives the second signature." if first else KINDS[kind].sent
    messages.success(request, f"{row.name}: {said}")


def _again(
    request: HttpRequest, row: Round, kind: str, form: DecisionForm, error: ConnectorError | None
) -> HttpResponse:
    """Show the preview again with why the decision was refused; the message stays, and is saved."""
    by = person(request)
    if error is not None and abilities(row, by).too_close:
        return refused(request, row.draft_id, error.message)
    conversation.keep_unsent(row, by=by, slot="message", text=form.text, now=timezone.now())
    shown = {
        **_preview(request, row, kind, form),
        "refusal": error.message if error is not None else "Nothing was sent. Fix the fields below.",
        "refusals": [str(o) for o in error.obstacles] if isinstance(error, Obstructed) else [],
        "news": error.changes if isinstance(error, Stale) else (),
    }
    return render(request, "reviewers/preview.html", shown, status=409)


def _preview(request: HttpRequest, row: Round, kind: str, form: ReviewForm) -> dict[str, Any]:
    """Return what the preview shows: the decision as others will see it, and the form that sends it."""
    page = context(request, row)
    given = form.cleaned_data
    return {
        **{name: page[name] for name in ("round", "draft", "obstacles", "can")},
        "kind": kind,
        "kind_label": AnswerKind(kind).label,
        "button": KINDS[kind].button,
        "preview": decision_preview.build(
            row,
            kind=kind,
            message=form.text,
            by=person(request),
            now=timezone.now(),
            reason=given.get("reason", ""),
            days=given.get("days"),
        ),
        "open_requests": [r for r in page["requests"] if r.request.state == "open"],
        "line_comments": row.line_comments.filter(sent_with=None),
        "form": _decision_form(kind, form, page),
    }


def _decision_form(kind: str, form: ReviewForm, page: dict[str, Any]) -> DecisionForm:
    """Return the form that sends the decision, with what the page knows now; errors of the one that was sent stay."""
    known = {"token": str(page["token"]), "seen": str(page["seen"]), "kind": kind, "slot": "message"}
    settings: dict[str, Any] = {}
    if kind == AnswerKind.CHANGES:
        settings = {"usual_days": page["usual_days"], "may_set": page["can"].sets_deadline().possible}
    if isinstance(form, DecisionForm):
        return KINDS[kind].Form({**fields_of(form), **known}, **settings)
    typed = {name: form[name].value() for name in ("message", *KINDS[kind].extra)}
    return KINDS[kind].Form(initial={**typed, **known}, **settings)


def _insert(request: HttpRequest, row: Round, text: str, *, answer: int | None) -> HttpResponse:
    """Put a prepared answer behind what was typed, for browsers without script."""
    found = next((a for a in prepared_answers.search("", most=500) if a.pk == answer), None)
    joined = f"{text.rstrip()}\n\n{found.text}".strip() if found else text
    conversation.keep_unsent(row, by=person(request), slot="message", text=joined, now=timezone.now())
    return redirect(f"{reverse('review', args=[row.draft_id])}#decide")
