"""What a developer does in a review, each on a page that tells the consequences first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import sealing
from certification.models import Submission
from certification.rounds import submissions
from connectors.errors import ConcurrentModification, ConnectorError
from web.developers import access, repository_preview, review_summary
from web.developers.access import Seat
from web.developers.draft_verbs import CHANGED, not_now
from web.developers.review_forms import (
    AppealForm,
    HandBackForm,
    NotesForm,
    ResubmitForm,
    TickForm,
    WithdrawForm,
)
from web.requests import SignedInRequest, require_POST

WRITE = "connector:write"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Take the request for certification back."""
    seat = access.find(request.user, id, action=WRITE)
    if answer := not_now(
        request,
        seat,
        possible=_is_offered(request, seat),
        why="There is no request for certification that could be withdrawn.",
    ):
        return answer
    form = WithdrawForm(request.POST or None, initial={"version": seat.draft.version})
    if request.method == "POST" and form.is_valid():
        try:
            submissions.withdraw(id, by=seat.actor, version=form.cleaned_data["version"])
        except ConnectorError as error:
            _refused(form, error)
        else:
            messages.success(request, "Withdrawn. The draft is yours again.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/withdraw.html", form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def resubmit(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Replace the tag that is being reviewed."""
    seat = access.find(request.user, id, action=WRITE)
    if answer := not_now(
        request, seat, possible=_is_offered(request, seat), why="Nothing is being reviewed whose tag could be replaced."
    ):
        return answer
    if "look" in request.POST:
        looked = repository_preview.look_for_another(request, seat)
        typed = repository_preview.typed_or_newest(looked, typed=request.POST.dict(), draft=seat.draft)
        return _page(request, seat, "developers/review/resubmit.html", ResubmitForm(initial=typed), **looked)
    form = ResubmitForm(request.POST or None, initial={"version": seat.draft.version, "tag": request.GET.get("tag")})
    if request.method == "POST" and form.is_valid():
        tag, version = form.cleaned_data["tag"], form.cleaned_data["version"]
        try:
            submissions.resubmit(id, tag=tag, by=seat.actor, version=version)
        except ConnectorError as error:
            _refused(form, error, field="tag")
        else:
            messages.success(request, f"Tag {tag} is being checked. Your place is kept.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/resubmit.html", form, **repository_preview.another_tag(seat))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Ask for another look at a refusal."""
    seat = access.find(request.user, id, action=WRITE)
    if answer := not_now(
        request, seat, possible=_is_offered(request, seat), why="There is no refusal of this tag to appeal against."
    ):
        return answer
    form = AppealForm(request.POST or None, initial={"version": seat.draft.version})
    if request.method == "POST" and form.is_valid():
        text, version = form.cleaned_data["text"], form.cleaned_data["version"]
        try:
            submissions.appeal(id, by=seat.actor, text=text, author=request.user, version=version)
        except ConnectorError as error:
            _refused(form, error)
        else:
            messages.success(request, "Your appeal is in. Another reviewer looks at it.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/appeal.html", form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_back(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Give the turn back without a new tag."""
    seat = access.find(request.user, id, action=WRITE)
    if answer := not_now(
        request,
        seat,
        possible=_is_offered(request, seat),
        why="Giving it back needs every requested change ticked. A question is answered in the conversation.",
    ):
        return answer
    form = HandBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            submissions.hand_back(id, by=seat.actor, text=form.cleaned_data["text"], author=request.user)
        except ConnectorError as error:
            _refused(form, error)
        else:
            messages.success(request, "It is the reviewer’s turn again.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/hand_back.html", form)


@login_required
@require_POST
def tick(request: SignedInRequest, id: UUID, pk: int) -> HttpResponse:
    """Tick a request as done, or take the tick back."""
    seat = access.find(request.user, id, action=WRITE)
    form = TickForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The reply is too long: at most 5000 characters.")
    else:
        done, reply = form.cleaned_data["done"], form.cleaned_data["reply"]
        try:
            submissions.answer_request(id, pk, by=seat.actor, reply=reply, done=done)
        except ConnectorError as error:
            messages.error(request, error.message)
    return redirect(reverse("draft", args=[id]) + "#requests")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Tell the reviewers what only they shall know."""
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
            messages.success(request, "Kept for the reviewers.")
            return redirect("draft", id)
    return _page(request, seat, "developers/review/notes.html", form, kept=kept)


def _is_offered(request: SignedInRequest, seat: Seat) -> bool:
    """Tell whether the draft's page offers this step now."""
    return any(offer.url == request.path for offer in review_summary.summarize(seat.draft, writes=True).offers)


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
