"""Preview a decision, then send it once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from certification import decisions
from certification.decisions import DecisionKind, certificate
from certification.decisions import preview as previews
from certification.desk import prepared_answers
from certification.errors import AlreadySent, Obstructed, Stale, TagBeingChecked
from certification.models import Round
from certification.rounds import conversation, tag_target, timeline
from certification.rounds.abilities import abilities
from connectors.errors import ConnectorError
from web.requests import require_POST, wants_part
from web.reviewers.access import find, person, reviewing
from web.reviewers.forms import DecisionForm, KindForm, PreviewForm, SeenForm, fields_of
from web.reviewers.review.overview import last_event
from web.reviewers.review.responses import refused


@require_POST
@reviewing("review:decide")
def preview(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show a decision as it will be seen: the mail, the comment, what happens. Nothing is sent yet."""
    row, by, decision = find(request, draft_id), person(request), KindForm(request.POST).decision
    form = PreviewForm(request.POST, decision=decision)
    if reason := abilities(row, by).too_close:
        return refused(request, draft_id, reason)
    if not form.is_valid():
        return refused(request, draft_id, "Fix the fields below.", form=form)
    given = form.cleaned_data
    if given["insert"]:
        return _insert(request, row, given["message"], answer=given["answer"])
    if decision is None:
        messages.error(request, "Choose a decision.")
        return redirect(f"{reverse('review', args=[draft_id])}#decide")
    conversation.keep_unsent(row, by=by, slot="message", text=given["message"], now=timezone.now())
    decision.prepare(abilities(row, by))
    since = timeline.news(row, by, last_event_id=given["seen"])
    return render(request, "reviewers/preview.html", {**_preview(request, row, decision, form), "since": since})


@require_POST
@reviewing("review:decide")
def decide(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Send a decision, once."""
    decision = KindForm(request.POST).decision
    if decision is None:
        raise Http404("There is no such decision.")
    form = DecisionForm(request.POST, decision=decision)
    error: ConnectorError | None = None
    if form.is_valid():
        try:
            _send(request, draft_id, form)
        except TagBeingChecked:
            return _wait(request, find(request, draft_id), form)
        except AlreadySent as sent:
            messages.info(request, sent.message)
        except ConnectorError as refusal:
            error = refusal
    if error is not None or form.errors:
        return _again(request, find(request, draft_id), form, error)
    return redirect("queue")


@require_safe
@reviewing("review:decide")
def tag_check(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show how far the check of the tag is: a part of the page that certifies, or that page without JavaScript.

    Only the answer to the form goes on by itself: nobody certifies by following a link.
    """
    row, by = find(request, draft_id), person(request)
    if reason := abilities(row, by).too_close:
        return refused(request, draft_id, reason)
    if wants_part(request):
        return render(request, "reviewers/_tag_check.html", _check(row))
    decision = decisions.registered()[certificate.CERTIFIED.kind]
    seen = SeenForm(request.GET).number or last_event(row)
    known = {"token": str(uuid4()), "seen": str(seen), "kind": decision.kind, "slot": "message"}
    text = conversation.unsent_of(row, by).get("message", "")
    form = DecisionForm(initial={"message": text, **known}, decision=decision)
    return render(request, "reviewers/tag_check.html", {**_check(row), "decision": decision, "form": form})


def _wait(request: HttpRequest, row: Round, form: DecisionForm) -> HttpResponse:
    """Show that the tag is being checked. The page sends the same form again when that is done."""
    conversation.keep_unsent(row, by=person(request), slot="message", text=form.text, now=timezone.now())
    shown = {**_check(row), "decision": form.decision, "form": form, "goes_on": True}
    return render(request, "reviewers/tag_check.html", shown, status=202)


def _check(row: Round) -> dict[str, Any]:
    """Return what the page shows of the check of a tag.

    `waits` for a worker, `late` when it should not wait any longer, `checked` when one may certify now.
    """
    check = tag_target.waiting(row)
    late = check is not None and tag_target.is_late(check, now=timezone.now())
    waits, checked = check is not None and not late, check is None and tag_target.is_recent(row)
    return {"round": row, "draft": row.draft, "waits": waits, "late": late, "checked": checked}


def _send(request: HttpRequest, draft_id: UUID, form: DecisionForm) -> None:
    """Send a decision and say what happened."""
    decision, sent = form.decision, form.cleaned_data
    answer = decision.send(
        draft_id,
        by=person(request),
        message=sent["message"],
        token=sent["token"],
        last_event_id=sent["seen"],
        **form.given,
    )
    messages.success(request, f"{answer.round.name}: {decision.effect_of(answer).sent}")


def _again(request: HttpRequest, row: Round, form: DecisionForm, error: ConnectorError | None) -> HttpResponse:
    """Show the preview again with why the decision was refused; the message stays, and is saved."""
    by = person(request)
    if error is not None and abilities(row, by).too_close:
        return refused(request, row.draft_id, error.message)
    conversation.keep_unsent(row, by=by, slot="message", text=form.text, now=timezone.now())
    shown = {
        **_preview(request, row, form.decision, form),
        "refusal": error.message if error is not None else "Nothing was sent. Fix the fields below.",
        "refusals": [str(o) for o in error.obstacles] if isinstance(error, Obstructed) else [],
        "news": error.changes if isinstance(error, Stale) else (),
    }
    return render(request, "reviewers/preview.html", shown, status=409)


def _preview(
    request: HttpRequest, row: Round, decision: DecisionKind, form: PreviewForm | DecisionForm
) -> dict[str, Any]:
    """Return what the preview shows: the decision as others will see it, and the form that sends it."""
    can = abilities(row, person(request))
    known = {"token": str(uuid4()), "seen": str(last_event(row)), "kind": decision.kind, "slot": "message"}
    if isinstance(form, DecisionForm):
        # Its errors stay.
        sends = DecisionForm({**fields_of(form), **known}, decision=decision, can=can)
    else:
        typed = {name: form[name].value() for name in ("message", *(one.name for one in decision.fields))}
        sends = DecisionForm(initial={**typed, **known}, decision=decision, can=can)
    return {
        "round": row,
        "draft": row.draft,
        "decision": decision,
        "preview": previews.build(decision, can, message=form.text, given=form.cleaned_data),
        "form": sends,
    }


def _insert(request: HttpRequest, row: Round, text: str, *, answer: int | None) -> HttpResponse:
    """Append a prepared answer to the message, for browsers without JavaScript."""
    found = next((a for a in prepared_answers.search("", most=500) if a.pk == answer), None)
    joined = f"{text.rstrip()}\n\n{found.text}".strip() if found else text
    conversation.keep_unsent(row, by=person(request), slot="message", text=joined, now=timezone.now())
    return redirect(f"{reverse('review', args=[row.draft_id])}#decide")
