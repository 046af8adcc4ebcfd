"""What a developer does in a review, each on a page that explains the consequences first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import sealing
from certification.models import ChangeRequest, Submission
from certification.rounds import submissions
from connectors.errors import ConcurrentModification, ConnectorError
from web.developers import access, draft, repository_preview
from web.developers.access import Seat
from web.developers.draft import choices
from web.developers.draft_verbs import CHANGED, not_now
from web.developers.repository_preview import TagLookForm
from web.developers.review_forms import (
    AppealForm,
    DoneForm,
    HandBackForm,
    NotesForm,
    ResubmitForm,
    WithdrawForm,
)
from web.requests import SignedInRequest, require_POST

WRITE = "connector:write"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Withdraw the submission."""
    seat = access.find(request.user, id, action=WRITE)
    if answer := not_now(request, seat, choices(seat).withdraw()):
        return answer
    form = WithdrawForm(request.POST or None, initial={"version": seat.draft.version})
    if request.method == "POST" and form.is_valid():
        try:
            submissions.withdraw(id, by=seat.actor, version=form.cleaned_data["version"])
        except ConnectorError as error:
            _refused(form, error)
        else:
            messages.success(request, "Submission withdrawn. You can edit the draft again.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/withdraw.html", form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def resubmit(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Replace the tag that is being reviewed."""
    seat = access.find(request.user, id, action=WRITE)
    if answer := not_now(request, seat, choices(seat).resubmit()):
        return answer
    if request.method == "POST" and TagLookForm(request.POST).is_asked():
        looked = repository_preview.look_for_another(request, seat)
        typed = repository_preview.typed_or_newest(looked, form=ResubmitForm(request.POST), draft=seat.draft)
        return _page(request, seat, "developers/review/resubmit.html", ResubmitForm(initial=typed), **looked)
    form = ResubmitForm(request.POST or None, initial={"version": seat.draft.version, "tag": request.GET.get("tag")})
    if request.method == "POST" and form.is_valid():
        tag, version = form.cleaned_data["tag"], form.cleaned_data["version"]
        try:
            submissions.resubmit(id, tag=tag, by=seat.actor, version=version)
        except ConnectorError as error:
            _refused(form, error, field="tag")
        else:
            messages.success(request, f"Checking tag {tag}. The review keeps its place in the queue.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/resubmit.html", form, **repository_preview.another_tag(seat))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Appeal a decision."""
    seat = access.find(request.user, id, action=WRITE)
    if answer := not_now(request, seat, choices(seat).appeal()):
        return answer
    form = AppealForm(request.POST or None, initial={"version": seat.draft.version})
    if request.method == "POST" and form.is_valid():
        text, version = form.cleaned_data["text"], form.cleaned_data["version"]
        try:
            submissions.appeal(id, by=seat.actor, text=text, author=request.user, version=version)
        except ConnectorError as error:
            _refused(form, error)
        else:
            messages.success(request, "Appeal submitted. A different reviewer will decide it.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/appeal.html", form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_back(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Return the draft to the reviewer without a new tag."""
    seat = access.find(request.user, id, action=WRITE)
    if answer := not_now(request, seat, choices(seat).hand_back()):
        return answer
    form = HandBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            submissions.hand_back(id, by=seat.actor, text=form.cleaned_data["text"], author=request.user)
        except ConnectorError as error:
            _refused(form, error)
        else:
            messages.success(request, "Returned to the reviewer.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/hand_back.html", form)


@login_required
@require_POST
def tick(request: SignedInRequest, id: UUID, pk: int) -> HttpResponse:
    """Mark a requested change as done, or as open again."""
    seat = access.find(request.user, id, action=WRITE)
    get_object_or_404(ChangeRequest.objects.exclude(sent_with=None), pk=pk, round__draft_id=id)
    form = DoneForm(request.POST, pk=pk)
    if form.is_valid():
        done, reply = form.cleaned_data["done"], form.cleaned_data["reply"]
        try:
            submissions.answer_request(id, pk, by=seat.actor, reply=reply, done=done)
        except ConnectorError as error:
            form.add_error("reply", error.message)
        else:
            return redirect(reverse("draft", args=[id]) + "#requests")
    return draft.show(request, access.find(request.user, id), done_form=form, status=422)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Edit what only reviewers can see."""
    seat = access.find(request.user, id, action=WRITE)
    kept = submissions.get(id)
    initial = {"notes": kept.notes, "changelog": kept.changelog} if kept else {}
    form = NotesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        credentials, until = data["credentials"], form.expires_at()
        if not credentials:
            credentials, until = _still_valid(kept, until=until)
        try:
            submissions.keep(
                seat.draft,
                by=seat.actor,
                notes=data["notes"],
                changelog=data["changelog"],
                credentials=credentials,
                credentials_expire_at=until,
            )
        except ConnectorError as error:
            _refused(form, error)
        else:
            messages.success(request, "Notes for reviewers saved.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/notes.html", form, kept=kept)


def _still_valid(kept: Submission | None, *, until: datetime | None) -> tuple[str, datetime | None]:
    """Return the credentials that were given before and when they end, for a form that leaves them as they are."""
    if kept is None or not kept.credentials or kept.credentials_expire_at is None:
        return "", None
    if kept.credentials_expire_at <= timezone.now():
        return "", None
    try:
        return sealing.unseal(kept.credentials, purpose=submissions.PURPOSE), until or kept.credentials_expire_at
    except sealing.Broken:
        return "", None


def _refused(form: forms.Form, error: ConnectorError, *, field: str | None = None) -> None:
    """Say in the form why it was not done; a stale version is taken over for the next try."""
    if isinstance(error, ConcurrentModification):
        form.add_error(None, CHANGED)
        form.data = {**form.data.dict(), "version": str(error.current or "")}  # type: ignore[attr-defined]
    else:
        form.add_error(field, error.message)


def _page(request: SignedInRequest, seat: Seat, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    page = {"draft": seat.draft, "project": seat.draft.project, "form": form, **context}
    return render(request, template, page, status=422 if form.errors else 200)
