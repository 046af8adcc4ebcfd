"""Comments on a line or a file."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.requests.fields import INTEGER, number
from certification.evidence import machine_evidence
from certification.rounds import (
    conversation,
)
from connectors.errors import ConnectorError
from web.requests import require_POST
from web.reviewers.access import find, person, reviewing
from web.reviewers.review.comparison import (
    file_context,
)
from web.reviewers.review.overview import verdict_context
from web.reviewers.review.responses import done, typed_form, wants_part


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
            **file_context(request, find(draft_id), path=path, typed=typed_form(request, slot)),
            "line": line,
            "slot": slot,
            "refusal": error.message,
        }
        if wants_part(request):
            return render(request, "reviewers/_line_comment_form.html", {**shown, "inline": True}, status=409)
        return render(request, "reviewers/file.html", shown, status=409)
    if wants_part(request):
        row = find(draft_id)
        sheet = verdict_context(request, row, evidence=machine_evidence.gather(row, now=timezone.now()))
        return render(request, "reviewers/_line_comment_saved.html", {**sheet, **file_context(request, row, path=path)})
    messages.success(request, "Kept. It is sent with your next answer.")
    return redirect(file_address(request, draft_id, path, line))


@require_POST
@reviewing("review:comment")
def drop_remark(request: HttpRequest, draft_id: UUID, pk: int) -> HttpResponse:
    """Take back a line comment that was not sent."""
    return done(
        request, draft_id, lambda: conversation.drop_remark(draft_id, pk, by=person(request)), "Comment taken back."
    )


def file_address(request: HttpRequest, draft_id: UUID, path: str, line: int | None) -> str:
    query = request.GET.copy()
    query["path"] = path
    query.pop("line", None)
    return f"{reverse('review_file', args=[draft_id])}?{query.urlencode()}{f'#L{line}' if line else ''}"
