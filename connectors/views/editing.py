"""Making and changing a draft with the connector form."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import actors
from accounts.models import Membership, User
from accounts.requests import SignedInRequest
from accounts.roles import may_in_project
from connectors import update
from connectors.errors import ConcurrentModification, ConnectorError
from connectors.forms import Conflict, ConnectorForm, EditForm, NewConnectorForm, rebased
from connectors.views import access
from connectors.views.access import Seat

INVALID = 422


def writable(user: User) -> list[Membership]:
    """Return the memberships that allow new drafts, by name of the Project."""
    rows = Membership.objects.filter(user=user).select_related("project").order_by("project__name", "project__key")
    return [row for row in rows if may_in_project(row.role, "connector:write")]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Show the empty form, or make a draft from what was typed."""
    memberships = writable(request.user)
    if not memberships:
        return render(request, "connectors/no_project.html", status=200)
    if request.method != "POST":
        initial = {"creator_email": request.user.email, "creator_name": request.user.name}
        initial["project"] = request.GET.get("project", "")
        form = NewConnectorForm(initial={k: v for k, v in initial.items() if v}, memberships=memberships)
        return _new_page(request, form)
    form = NewConnectorForm(request.POST, memberships=memberships)
    if not form.is_valid():
        return _new_page(request, form, status=INVALID)
    project = next(m.project for m in memberships if m.project.key == form.cleaned_data["project"])
    by = actors.person(request.user, public_name=project.key)
    try:
        draft = update.create(form.body(), project_id=project.pk, by=by)
    except ConnectorError as error:
        form.take_problems(error)
        return _new_page(request, form, status=INVALID)
    messages.success(request, "The draft is saved. Its connect.yaml is being read.")
    return redirect("draft", draft.id)


def _new_page(request: SignedInRequest, form: ConnectorForm, *, status: int = 200) -> HttpResponse:
    return render(request, "connectors/new.html", {"form": form}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Show the form of a draft, or turn what was changed into update actions."""
    seat = access.find(request.user, id, action="connector:write")
    if request.method != "POST":
        if seat.draft.frozen:
            return _frozen(request, seat)
        return _edit_page(request, seat, EditForm(draft=seat.draft))
    form = EditForm(request.POST, draft=seat.draft)
    if not form.is_valid():
        return _edit_page(request, seat, form, status=INVALID)
    actions, fields = form.actions()
    if not actions:
        messages.info(request, "Nothing was changed.")
        return redirect("draft", id)
    try:
        update.apply(seat.lookup, version=form.cleaned_data["version"], requested=actions, by=seat.actor)
    except ConcurrentModification:
        seat = access.find(request.user, id, action="connector:write")
        fresh, conflicts = rebased(form, draft=seat.draft)
        return _edit_page(request, seat, fresh, conflicts=conflicts, status=409)
    except ConnectorError as error:
        form.take_problems(error, fields=fields)
        return _edit_page(request, seat, form, status=INVALID)
    messages.success(request, "Saved.")
    return redirect("draft", id)


def _edit_page(
    request: SignedInRequest,
    seat: Seat,
    form: EditForm,
    *,
    conflicts: Sequence[Conflict] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "draft": seat.draft, "project": seat.draft.project, "conflicts": conflicts}
    return render(request, "connectors/edit.html", {**context, "stale": conflicts is not None}, status=status)


def _frozen(request: SignedInRequest, seat: Seat) -> HttpResponse:
    messages.warning(
        request, f"The draft is {seat.draft.get_status_display().lower()}: it cannot be changed until that ends."
    )
    return redirect("draft", seat.draft.id)
