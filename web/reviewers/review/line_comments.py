"""Comments on a line or a file."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from certification.evidence import machine_evidence
from certification.rounds import conversation
from web.requests import require_POST, wants_part
from web.reviewers.access import find, person, reviewing
from web.reviewers.forms import LineCommentForm
from web.reviewers.review.comparison import file_context
from web.reviewers.review.overview import verdict_context
from web.reviewers.review.responses import carry_out, done


@require_POST
@reviewing("review:comment")
def remark(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Comment on a line or a file, or request a change there."""
    form = LineCommentForm(request.POST)
    form.is_valid()
    path, line = form.cleaned_data.get("path", ""), form.cleaned_data.get("line")

    def verb() -> None:
        given, by = form.cleaned_data, person(request)
        if given["as"] == "request":
            slot = conversation.slot_of(path, line)
            conversation.request(draft_id, by=by, text=given["message"], path=path, line=line, slot=slot)
        else:
            conversation.remark(draft_id, by=by, path=path, line=line, text=given["message"])

    if carry_out(request, verb, form) is not None:
        return _form_again(request, draft_id, form, path=path)
    if wants_part(request):
        return _file_again(request, draft_id, path=path)
    messages.success(request, "Comment added. It is sent with your next message to the developer.")
    return redirect(file_address(request, draft_id, path, line))


@require_POST
@reviewing("review:comment")
def drop_remark(request: HttpRequest, draft_id: UUID, pk: int) -> HttpResponse:
    """Delete a line comment that has not been sent."""
    return done(
        request, draft_id, lambda: conversation.drop_remark(draft_id, pk, by=person(request)), "Comment deleted."
    )


def file_address(request: HttpRequest, draft_id: UUID, path: str, line: int | None) -> str:
    """Return the URL of a line, in the comparison that the current URL selects."""
    query = request.GET.copy()
    query["path"] = path
    query.pop("line", None)
    return f"{reverse('review_file', args=[draft_id])}?{query.urlencode()}{f'#L{line}' if line else ''}"


def _form_again(request: HttpRequest, draft_id: UUID, form: LineCommentForm, *, path: str) -> HttpResponse:
    """Show the form, or the whole page of the file, with the reason of the refusal."""
    shown = {**file_context(request, find(request, draft_id), path=path), "form": form, "line": form["line"].value()}
    if wants_part(request):
        return render(request, "reviewers/_line_comment_form.html", {**shown, "inline": True}, status=409)
    return render(request, "reviewers/file.html", shown, status=409)


def _file_again(request: HttpRequest, draft_id: UUID, *, path: str) -> HttpResponse:
    """Show the file with the comment, and the suggested message, which contains it."""
    row = find(request, draft_id)
    shown = verdict_context(request, row, evidence=machine_evidence.gather(row, now=timezone.now()))
    return render(request, "reviewers/_line_comment_saved.html", {**shown, **file_context(request, row, path=path)})
