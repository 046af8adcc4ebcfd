"""What the buttons of the review page do: one verb each, then back to the page with a sentence.

A refusal shows the page again with everything that was typed; nothing that others did is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests.fields import INTEGER, identifier, number
from certification import formatting
from certification.choices import AnswerKind, Awaits, Escalation, FailReason
from certification.desk import claims, prepared_answers
from certification.errors import AlreadySent, NotAllowed, Obstructed, ReviewError, Stale
from certification.evidence import machine_evidence
from certification.models import Round
from certification.notifications import decision_preview
from certification.rounds import business_calendar, conversation, decisions, escalations, guards, rounds, submissions
from certification.verdicts import verdicts, waiver_decisions
from connectors.errors import ConnectorError
from web import one_time_secrets
from web.requests import require_POST
from web.reviewers import review
from web.reviewers.access import find, person, reviewing

Verb = Callable[[], object]
NOBODY = (
    "No other active account outside this Project has a role that looks at it. Ask an admin to give it to somebody."
)
BUTTONS = {
    AnswerKind.QUESTION: "Send the question",
    AnswerKind.CHANGES: "Request the changes",
    AnswerKind.CERTIFIED: "Certify",
    AnswerKind.FAILED: "Fail",
}


@require_POST
@reviewing("review:claim")
def start(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Take the review and begin."""
    return _done(request, draft_id, lambda: claims.start(draft_id, by=person(request)), "The review is yours.")


@require_POST
@reviewing("review:claim")
def release(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give the review back."""
    return _done(
        request, draft_id, lambda: claims.release(draft_id, by=person(request)), "Anybody can take the review now."
    )


@require_POST
@reviewing("review:assign")
def assign(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give the review to somebody."""
    to = User.objects.filter(pk=number(request.POST, "to") or 0).first()
    if to is None:
        messages.error(request, "Choose a reviewer first.")
        return redirect("review", draft_id=draft_id)
    return _done(
        request, draft_id, lambda: claims.assign(draft_id, to=to, by=person(request)), f"The review is with {to} now."
    )


@require_POST
@reviewing("review:comment")
def comment(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Add a public comment."""
    text = request.POST.get("message", "")
    return _done(
        request,
        draft_id,
        lambda: decisions.comment(draft_id, by=person(request), message=text, token=_token(request)),
        "Comment sent. The developer and the API show it now.",
        typed={"comment": text},
        at="conversation",
    )


@require_POST
@reviewing("review:comment")
def note(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Add a private note."""
    text = request.POST.get("message", "")
    return _done(
        request,
        draft_id,
        lambda: conversation.note(draft_id, by=person(request), text=text),
        "Note kept. Only reviewers see it.",
        typed={"note": text},
        at="notes",
    )


@require_POST
@reviewing("review:comment")
def remark(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Comment on a line or a file."""
    path, line = request.POST.get("path", ""), number(request.POST, "line", largest=INTEGER)
    text = request.POST.get("message", "")
    slot = conversation.slot_of(path, line)
    try:
        if request.POST.get("as") == "request":
            conversation.request(draft_id, by=person(request), text=text, path=path, line=line, slot=slot)
        else:
            conversation.remark(draft_id, by=person(request), path=path, line=line, text=text)
    except ConnectorError as error:
        shown = {
            **review.file_context(request, find(draft_id), path=path, typed=_typed(request, slot)),
            "line": line,
            "slot": slot,
            "refusal": error.message,
        }
        if review.wants_part(request):
            return render(request, "reviewers/_line_comment_form.html", {**shown, "inline": True}, status=409)
        return render(request, "reviewers/file.html", shown, status=409)
    if review.wants_part(request):
        row = find(draft_id)
        sheet = review.verdict_context(request, row, evidence=machine_evidence.gather(row, now=timezone.now()))
        return render(
            request, "reviewers/_line_comment_saved.html", {**sheet, **review.file_context(request, row, path=path)}
        )
    messages.success(request, "Kept. It is sent with your next answer.")
    return redirect(_file_address(request, draft_id, path, line))


@require_POST
@reviewing("review:comment")
def drop_remark(request: HttpRequest, draft_id: UUID, pk: int) -> HttpResponse:
    """Take back a line comment that was not sent."""
    return _done(
        request, draft_id, lambda: conversation.drop_remark(draft_id, pk, by=person(request)), "Comment taken back."
    )


@require_POST
@reviewing("review:decide")
def ask_for(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Ask for a change."""
    given = request.POST
    return _done(
        request,
        draft_id,
        lambda: conversation.request(
            draft_id,
            by=person(request),
            text=given.get("message", ""),
            path=given.get("path", ""),
            line=number(given, "line", largest=INTEGER),
            fingerprint=given.get("fingerprint", ""),
            criterion=given.get("criterion", ""),
            slot=given.get("slot", ""),
        ),
        "Request kept. The developer gets it when you request changes.",
        typed=_typed(request, conversation.REQUEST),
        at=f"finding-{finding}" if (finding := number(given, "finding")) else "requests",
    )


@require_POST
@reviewing("review:decide")
def settle(request: HttpRequest, draft_id: UUID, pk: int, how: str) -> HttpResponse:
    """Accept, drop or reopen a request."""
    by = person(request)
    verbs: dict[str, tuple[Verb, str]] = {
        "accept": (lambda: conversation.settle(draft_id, pk, by=by, accepted=True), "Accepted."),
        "drop": (lambda: conversation.settle(draft_id, pk, by=by, accepted=False), "Dropped."),
        "reopen": (lambda: conversation.reopen(draft_id, pk, by=by), "Open again."),
    }
    if how not in verbs:
        raise Http404("There is no such verb.")
    verb, said = verbs[how]
    return _done(request, draft_id, verb, said, at="requests")


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
        if not review.wants_part(request):
            messages.success(request, f"{formatting.number(number, 'criterion', 'criteria')} passed by the checks.")

    return _in_criteria(request, draft_id, verb, "")


@require_POST
@reviewing("waiver:propose")
def propose_waiver(request: HttpRequest, draft_id: UUID, finding_id: int) -> HttpResponse:
    """Propose that a finding shall not block."""
    given = request.POST
    return _done(
        request,
        draft_id,
        lambda: waiver_decisions.propose(
            draft_id,
            finding_id,
            by=person(request),
            scope=given.get("scope", ""),
            reason=given.get("message", ""),
            path=given.get("path", ""),
            false_alarm=given.get("false_alarm") == "yes",
            expires_at=_day(given.get("until", "")),
        ),
        "Proposed. Somebody who may approve waivers decides.",
        typed=_typed(request, f"waiver:{finding_id}"),
        at=f"finding-{finding_id}",
    )


@require_POST
@reviewing("waiver:propose")
def decide_waiver(request: HttpRequest, draft_id: UUID, pk: int, how: str) -> HttpResponse:
    """Approve or revoke a waiver."""
    by = person(request)
    verbs: dict[str, tuple[Verb, str]] = {
        "approve": (
            lambda: waiver_decisions.approve(draft_id, pk, by=by),
            "Approved. Its findings do not block any more.",
        ),
        "revoke": (lambda: waiver_decisions.revoke(draft_id, pk, by=by), "Revoked. Its findings are open again."),
    }
    if how not in verbs:
        raise Http404("There is no such verb.")
    verb, said = verbs[how]
    return _done(request, draft_id, verb, said, at="findings")


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

    return _done(
        request,
        draft_id,
        verb,
        "",
        typed=_typed(request, "escalation"),
        at="notes",
    )


@require_POST
@reviewing("review:rerun")
def recheck(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Run the checks again."""
    return _done(
        request,
        draft_id,
        lambda: decisions.recheck(draft_id, by=person(request)),
        "The checks run again. The results appear here; the old ones are kept.",
        at="findings",
    )


@require_POST
@reviewing("review:rerun")
def fetch(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Let a worker look up the repository's tags, or fetch the files of some; then back to the comparison."""
    find(draft_id)
    try:
        decisions.fetch_tags(draft_id, tags=request.POST.getlist("tag")[:2], by=person(request))
    except NotAllowed as error:
        return _refused(request, draft_id, error)
    except ConnectorError as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('review_files', args=[draft_id])}?{request.GET.urlencode()}")


@require_http_methods(["GET", "POST"])
@reviewing("review:reveal-credentials")
def reveal(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Record that somebody sees the credentials for testing, and show them once, on a page that no browser keeps.

    Loading the page again leads back to the review: seeing them again is recorded again.
    """
    place = f"credentials of {draft_id}"
    if request.method == "POST":
        try:
            text = submissions.reveal(draft_id, by=person(request))
        except ConnectorError as error:
            messages.error(request, error.message)
            return redirect("review", draft_id=draft_id)
        one_time_secrets.keep(request.session, place=place, secret={"credentials": text})
        return redirect("review_reveal", draft_id=draft_id)
    kept = one_time_secrets.take(request.session, place=place)
    if kept is None:
        return redirect("review", draft_id=draft_id)
    row = find(draft_id)
    response = render(request, "reviewers/credentials.html", {"round": row, "draft": row.draft, **kept})
    response["Cache-Control"] = "no-store"
    return response


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
        return _refused(request, draft_id, error)
    if review.wants_part(request):
        return HttpResponse(status=204)
    messages.success(request, "Kept. Only you see it until you send it.")
    if slot.startswith("line:"):
        return redirect(
            _file_address(
                request, draft_id, request.POST.get("path", ""), number(request.POST, "line", largest=INTEGER)
            )
        )
    anchor = "#requests" if slot == conversation.REQUEST else ""
    return redirect(f"{reverse('review', args=[draft_id])}{anchor}")


@require_POST
@reviewing("review:decide")
def preview(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show a decision as it will be seen: the mail, the comment, what happens. Nothing is sent yet."""
    row, by = find(draft_id), person(request)
    kind, text = request.POST.get("kind", ""), request.POST.get("message", "")
    if reason := guards.why_not_yours(row, by):
        return _refused(request, draft_id, NotAllowed(reason))
    if request.POST.get("insert"):
        return _insert(request, row, text)
    if not decision_preview.sends(kind):
        messages.error(request, "Choose what to do first.")
        return redirect(f"{reverse('review', args=[draft_id])}#decide")
    conversation.keep_unsent(row, by=by, slot="message", text=text, now=timezone.now())
    since = guards.news(row, by, last_event_id=number(request.POST, "seen"))
    return render(request, "reviewers/preview.html", {**_preview(request, row, kind, text), "since": since})


@require_POST
@reviewing("review:decide")
def decide(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Send a decision, once."""
    given, by = request.POST, person(request)
    text, kind = given.get("message", ""), given.get("kind", "")
    token, seen = _token(request), number(given, "seen")
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
        if guards.why_not_yours(row, by):
            return _refused(request, draft_id, error)
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
        first = kind == AnswerKind.CERTIFIED and row.is_open and row.awaits == Awaits.SECOND
        messages.success(
            request, f"{row.name}: {'Signed. Somebody else gives the second signature.' if first else said}"
        )
    return redirect("queue")


def _in_criteria(request: HttpRequest, draft_id: UUID, verb: Verb, success: str, *, key: str = "") -> HttpResponse:
    """Do it, and go back to the criteria: by a part of the page where script asks for it. A refusal keeps the text."""
    typed = {f"verdict:{key}": request.POST.get("message", "")} if key else {}
    refusal = {}
    try:
        verb()
    except ConnectorError as error:
        refusal = {"refused": key, "refusal": error.message}
    if not review.wants_part(request):
        if not refusal:
            if success:
                messages.success(request, success)
            return redirect(f"{reverse('review', args=[draft_id])}#{f'criterion-{key}' if key else 'criteria'}")
        messages.error(request, refusal["refusal"])
        page = {**review.context(request, find(draft_id), typed=typed), **refusal}
        return render(request, "reviewers/review.html", page, status=409)
    row = find(draft_id)
    shown = review.verdict_context(
        request, row, evidence=machine_evidence.gather(row, now=timezone.now()), typed=typed if refusal else None
    )
    part = {**shown, **refusal}
    return render(request, "reviewers/_criteria_part.html", part, status=409 if refusal else 200)


def _preview(request: HttpRequest, row: Round, kind: str, text: str) -> dict[str, Any]:
    page = review.context(request, row)
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
        "signs_first": page["signs_first"],
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


def _done(
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
        return _refused(request, draft_id, error, typed=typed)
    else:
        if success:
            messages.success(request, success)
    anchor = f"#{at}" if at else ""
    return redirect(f"{reverse('review', args=[draft_id])}{anchor}")


def _refused(
    request: HttpRequest, draft_id: UUID, error: ConnectorError, *, typed: dict[str, str] | None = None
) -> HttpResponse:
    """Show the review again, with why it was refused and what was typed."""
    messages.error(request, error.message)
    page = review.context(request, find(draft_id), typed=typed)
    return render(request, "reviewers/review.html", page, status=409)


def _file_address(request: HttpRequest, draft_id: UUID, path: str, line: int | None) -> str:
    query = request.GET.copy()
    query["path"] = path
    query.pop("line", None)
    return f"{reverse('review_file', args=[draft_id])}?{query.urlencode()}{f'#L{line}' if line else ''}"


def _typed(request: HttpRequest, slot: str) -> dict[str, str]:
    """Return the form that was sent, as the page shows it again."""
    return conversation.form(slot, request.POST.get("message", ""), request.POST.dict())


def _token(request: HttpRequest) -> UUID | None:
    return identifier(request.POST.get("token", ""))


def _day(text: str) -> datetime | None:
    """Return the end of the day that was chosen, for "until" a day means all of it; None when none was."""
    if not text:
        return None
    try:
        return business_calendar.calendar().end_of(date.fromisoformat(text))
    except ValueError as error:
        raise ReviewError("The date cannot be read. Write it as YYYY-MM-DD.") from error
