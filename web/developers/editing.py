"""Making and changing a draft with the connector form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import actors
from accounts.access.permissions import may_in_project
from accounts.models import Membership, Project, User
from accounts.projects import memberships
from accounts.requests.nul import checked_by_form
from connectors.drafts import update
from connectors.drafts.repository_preview import Look
from connectors.errors import ConcurrentModification, ConnectorError
from connectors.models import Unfinished
from web.developers import access, autosave, repository_preview
from web.developers.access import Seat
from web.developers.connector_form import CHOSEN, Conflict, ConnectorForm, EditForm, NewConnectorForm, rebased, resumed
from web.developers.repository_preview import Looked
from web.requests import SignedInRequest, require_POST

INVALID = 422


def writable(user: User) -> list[Membership]:
    """Return the memberships that allow new drafts, by name of the Project."""
    rows = Membership.objects.filter(user=user).select_related("project").order_by("project__name", "project__key")
    return [row for row in rows if may_in_project(row.role, "connector:write")]


@checked_by_form
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Show the form, with what was typed before, or make a draft from what is typed now."""
    places = writable(request.user)
    if not places:
        context = {"invitations": memberships.offered_to(request.user)}
        return render(request, "developers/no_project.html", context)
    if request.method != "POST":
        initial: dict[str, object] = {"creator_email": request.user.email, "creator_name": request.user.name}
        initial["project"] = request.GET.get("project", "")
        initial = {name: value for name, value in initial.items() if value}
        kept = autosave.find(request.user, draft=None)
        if kept is not None:
            initial |= typed_values(kept)
        form = NewConnectorForm(initial=initial, memberships=places)
        return _new_page(request, form, kept=kept)
    form = NewConnectorForm(request.POST, memberships=places)
    if "later" in request.POST:
        autosave.keep(request.user, draft=None, typed=request.POST)
        messages.success(request, "What you typed is kept. Go on under New connector whenever you like.")
        return redirect("drafts")
    if "look" in request.POST:
        looked = _looked_for_new(request)
        return _new_page(request, without_errors(form, suggested=suggestions(looked)), looked=looked)
    if not form.is_valid():
        return _new_page(request, form, status=INVALID)
    project = next(m.project for m in places if m.project.key == form.cleaned_data["project"])
    by = actors.person(request.user, public_name=project.key)
    try:
        draft = update.create(form.body(), project_id=project.pk, by=by)
    except ConnectorError as error:
        form.take_problems(error)
        return _new_page(request, form, status=INVALID)
    autosave.forget(request.user, draft=None, typed=request.POST)
    messages.success(request, "The draft is saved. Its connect.yaml is being read.")
    return redirect("draft", draft.id)


def _new_page(
    request: SignedInRequest,
    form: ConnectorForm,
    *,
    kept: Unfinished | None = None,
    looked: Looked | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "kept": kept, "look_url": reverse("draft_probe"), **(looked or {})}
    return render(request, "developers/new.html", context, status=status)


def typed_values(kept: Unfinished) -> dict[str, object]:
    """Return kept fields as the values that a form begins with."""
    return {name: values if name in CHOSEN else "".join(values[:1]) for name, values in kept.typed.items()}


def without_errors(form: NewConnectorForm, *, suggested: Mapping[str, str]) -> NewConnectorForm:
    """Return the same form with what was typed, but without judging it yet; empty fields take what is suggested."""
    values = {name: form[name].value() for name in form.fields}
    initial = {name: value or suggested.get(name, value) for name, value in values.items() if value is not None}
    return NewConnectorForm(initial=initial, memberships=form.memberships)


def suggestions(looked: Looked) -> dict[str, str]:
    """Return what a look suggests for fields that are still empty."""
    look = looked.get("look")
    return {"repository_tag": look.tag, "name": look.name} if isinstance(look, Look) else {}


def _looked_for_new(request: SignedInRequest) -> Looked:
    key = request.POST.get("project", "")
    project = next((m.project for m in writable(request.user) if m.project.key == key), None)
    if project is None:
        return {"refused": "Choose the Project first: its deploy key opens private repositories."}
    return _looked(request, project)


def _looked(request: SignedInRequest, project: Project) -> Looked:
    """Return what a look at the typed repository finds, for the part of the page that shows it."""
    url, tag = request.POST.get("repository_url", ""), request.POST.get("repository_tag", "")
    return repository_preview.look(request, project, url=url, tag=tag)


@login_required
@require_POST
def probe(request: SignedInRequest) -> HttpResponse:
    """Answer with what a look at the typed repository finds: a part of the form's page."""
    return render(request, "developers/_repository_preview.html", _looked_for_new(request))


@checked_by_form
@login_required
@require_POST
def keep(request: SignedInRequest) -> HttpResponse:
    """Keep what is typed into the form of a new draft, as it is typed."""
    row = autosave.keep_meanwhile(request.user, draft=None, typed=request.POST)
    return render(request, "developers/_autosave_notice.html", {"kept": row})


@login_required
@require_POST
def start_over(request: SignedInRequest) -> HttpResponse:
    """Forget what was typed and not saved."""
    autosave.forget(request.user, draft=None, typed=request.POST)
    return redirect("draft_new")


@checked_by_form
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Show the form of a draft, with what was typed before, or turn what was changed into update actions."""
    seat = access.find(request.user, id, action="connector:write")
    if request.method != "POST":
        return _frozen(request, seat) if seat.draft.frozen else _edit_again(request, seat)
    if "later" in request.POST:
        autosave.keep(request.user, draft=seat.draft, typed=request.POST)
        messages.success(request, "What you typed is kept, and nothing is changed yet. Go on under Edit.")
        return redirect("draft", id)
    form = EditForm(request.POST, draft=seat.draft)
    if "look" in request.POST:
        autosave.keep(request.user, draft=seat.draft, typed=request.POST)
        return _edit_again(request, seat, looked=_looked(request, seat.draft.project))
    if not form.is_valid():
        return _edit_page(request, seat, form, status=INVALID)
    actions, places = form.actions()
    if not actions:
        autosave.forget(request.user, draft=seat.draft, typed=request.POST)
        messages.info(request, "Nothing was changed.")
        return redirect("draft", id)
    try:
        update.apply(seat.lookup, version=form.cleaned_data["version"], requested=actions, by=seat.actor)
    except ConcurrentModification:
        seat = access.find(request.user, id, action="connector:write")
        fresh, conflicts = rebased(form, draft=seat.draft)
        return _edit_page(request, seat, fresh, conflicts=conflicts, status=409)
    except ConnectorError as error:
        form.take_problems(error, places=places)
        return _edit_page(request, seat, form, status=INVALID)
    autosave.forget(request.user, draft=seat.draft, typed=request.POST)
    messages.success(request, "Saved.")
    return redirect("draft", id)


@login_required
@require_POST
def probe_again(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Look at the repository as it is typed into the form of a draft."""
    seat = access.find(request.user, id, action="connector:write")
    return render(request, "developers/_repository_preview.html", _looked(request, seat.draft.project))


@checked_by_form
@login_required
@require_POST
def keep_changes(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Keep what is typed into the form of a draft, as it is typed; the draft stays as it is."""
    seat = access.find(request.user, id, action="connector:write")
    row = autosave.keep_meanwhile(request.user, draft=seat.draft, typed=request.POST)
    return render(request, "developers/_autosave_notice.html", {"kept": row})


@login_required
@require_POST
def drop_changes(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Forget what was typed into the form of a draft and not saved."""
    seat = access.find(request.user, id, action="connector:write")
    autosave.forget(request.user, draft=seat.draft, typed=request.POST)
    return redirect("draft_edit", id)


def _edit_again(request: SignedInRequest, seat: Seat, *, looked: Looked | None = None) -> HttpResponse:
    """Show the form with what was typed and not saved."""
    kept = autosave.find(request.user, draft=seat.draft)
    found = resumed(kept.typed, draft=seat.draft) if kept else None
    if found is None:
        return _edit_page(request, seat, EditForm(draft=seat.draft), looked=looked)
    form, conflicts = found
    return _edit_page(request, seat, form, conflicts=conflicts or None, kept=kept, looked=looked)


def _edit_page(
    request: SignedInRequest,
    seat: Seat,
    form: EditForm,
    *,
    conflicts: Sequence[Conflict] | None = None,
    kept: Unfinished | None = None,
    looked: Looked | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "draft": seat.draft,
        "project": seat.draft.project,
        "stale": conflicts is not None,
        "conflicts": conflicts,
        "kept": kept,
        "look_url": reverse("draft_probe_again", args=[seat.draft.id]),
        **(looked or {}),
    }
    return render(request, "developers/edit.html", context, status=status)


def _frozen(request: SignedInRequest, seat: Seat) -> HttpResponse:
    messages.warning(
        request, f"The draft is {seat.draft.get_status_display().lower()}: it cannot be changed until that ends."
    )
    return redirect("draft", seat.draft.id)
