"""Creating and editing a draft with the connector form."""

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
from connectors.drafts.repository_preview import RepositoryPreview
from connectors.errors import ConcurrentModification, ConnectorError
from connectors.models import ConnectorStaged, Unfinished
from web.developers import access, autosave, repository_preview
from web.developers.access import Seat
from web.developers.autosave import TypedForm
from web.developers.connector_form import CHOSEN, Conflict, ConnectorForm, EditForm, NewConnectorForm, rebased, resumed
from web.developers.repository_preview import Looked, RepositoryForm
from web.requests import SignedInRequest, require_POST

INVALID = 422
PREVIEW = "developers/_repository_preview.html"


def writable(user: User) -> list[Membership]:
    """Return the memberships that allow new drafts, by name of the Project."""
    rows = Membership.objects.filter(user=user).select_related("project").order_by("project__name", "project__key")
    return [row for row in rows if may_in_project(row.role, "connector:write")]


@checked_by_form
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Show the form, with what was typed before, or create a draft from it."""
    places = writable(request.user)
    if not places:
        context = {"invitations": memberships.offered_to(request.user)}
        return render(request, "developers/no_project.html", context)
    if request.method != "POST":
        return _new_again(request, places)
    typed, form = TypedForm(request.POST), NewConnectorForm(request.POST, memberships=places)
    if typed.pressed("later"):
        autosave.keep(request.user, draft=None, typed=typed)
        messages.success(request, "Your input is saved. Select New connector to continue.")
        return redirect("drafts")
    if typed.pressed("look"):
        looked = _looked_for_new(request)
        return _new_page(request, without_errors(form, suggested=suggestions(looked)), looked=looked)
    draft = _created(form, by=request.user) if form.is_valid() else None
    if draft is None:
        return _new_page(request, form, status=INVALID)
    autosave.forget(request.user, draft=None, typed=typed)
    messages.success(request, "Draft saved. Reading its connect.yaml.")
    return redirect("draft", draft.id)


def _created(form: NewConnectorForm, *, by: User) -> ConnectorStaged | None:
    """Create the draft, or say beside the fields why not."""
    project = next(m.project for m in form.memberships if m.project.key == form.cleaned_data["project"])
    try:
        return update.create(form.body(), project_id=project.pk, by=actors.person(by, public_name=project.key))
    except ConnectorError as error:
        form.take_problems(error)
    return None


def _new_again(request: SignedInRequest, places: Sequence[Membership]) -> HttpResponse:
    """Show the form with what is known of the person, and what was typed and not saved."""
    initial: dict[str, object] = {
        "creator_email": request.user.email,
        "creator_name": request.user.name,
        "project": request.GET.get("project", ""),
    }
    initial = {name: value for name, value in initial.items() if value}
    kept = autosave.find(request.user, draft=None)
    if kept is not None:
        initial |= typed_values(kept)
    return _new_page(request, NewConnectorForm(initial=initial, memberships=places), kept=kept)


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
    """Return what a preview suggests for fields that are still empty."""
    look = looked.get("look")
    return {"repository_tag": look.tag, "name": look.name} if isinstance(look, RepositoryPreview) else {}


def _looked_for_new(request: SignedInRequest) -> Looked:
    form = RepositoryForm(request.POST)
    key = form.cleaned_data["project"] if form.is_valid() else ""
    project = next((m.project for m in writable(request.user) if m.project.key == key), None)
    if project is None:
        return {"refused": "Choose a Project first: its deploy key opens private repositories."}
    return _looked(request, project)


def _looked(request: SignedInRequest, project: Project) -> Looked:
    """Return what a look at the typed repository finds, for the part of the page that shows it."""
    form = RepositoryForm(request.POST)
    if not form.is_valid():
        return {"refused": "Repository and tag can’t have a NUL character (U+0000). Remove it and try again."}
    typed = form.cleaned_data
    return repository_preview.look(request, project, url=typed["repository_url"], tag=typed["repository_tag"])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def probe(request: SignedInRequest) -> HttpResponse:
    """Answer with what a look at the typed repository finds: a part of the form's page. A GET waits for it."""
    looked = _looked_for_new(request) if request.method == "POST" else repository_preview.look_again(request)
    return render(request, PREVIEW, {"look_url": reverse("draft_probe"), **looked})


@checked_by_form
@login_required
@require_POST
def keep(request: SignedInRequest) -> HttpResponse:
    """Keep what is typed into the form of a new draft, as it is typed."""
    row = autosave.keep_meanwhile(request.user, draft=None, typed=TypedForm(request.POST))
    return render(request, "developers/_autosave_notice.html", {"kept": row})


@login_required
@require_POST
def start_over(request: SignedInRequest) -> HttpResponse:
    """Forget what was typed and not saved."""
    autosave.forget(request.user, draft=None, typed=TypedForm(request.POST))
    return redirect("draft_new")


@checked_by_form
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Show the form of a draft, with what was typed before, or turn what was changed into update actions."""
    seat = access.find(request.user, id, action="connector:write")
    if request.method != "POST":
        return _frozen(request, seat) if seat.draft.frozen else _edit_again(request, seat)
    typed = TypedForm(request.POST)
    if typed.pressed("later"):
        autosave.keep(request.user, draft=seat.draft, typed=typed)
        messages.success(request, "Your input is saved; the draft is unchanged. Select Edit to continue.")
        return redirect("draft", id)
    if typed.pressed("look"):
        autosave.keep(request.user, draft=seat.draft, typed=typed)
        return _edit_again(request, seat, looked=_looked(request, seat.draft.project))
    return _save(request, seat, EditForm(request.POST, draft=seat.draft), typed)


def _save(request: SignedInRequest, seat: Seat, form: EditForm, typed: TypedForm) -> HttpResponse:
    """Apply what was changed, or show the form again with what is wrong or what others changed meanwhile."""
    if not form.is_valid():
        return _edit_page(request, seat, form, status=INVALID)
    actions, places = form.actions()
    try:
        if actions:
            update.apply(seat.lookup, version=form.cleaned_data["version"], requested=actions, by=seat.actor)
    except ConcurrentModification:
        seat = access.find(request.user, seat.draft.id, action="connector:write")
        fresh, conflicts = rebased(form, draft=seat.draft)
        return _edit_page(request, seat, fresh, conflicts=conflicts, status=409)
    except ConnectorError as error:
        form.take_problems(error, places=places)
        return _edit_page(request, seat, form, status=INVALID)
    autosave.forget(request.user, draft=seat.draft, typed=typed)
    if actions:
        messages.success(request, "Draft saved.")
    else:
        messages.info(request, "No changes to save.")
    return redirect("draft", seat.draft.id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def probe_again(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Look at the repository as it is typed into the form of a draft. A GET waits for what was asked."""
    seat = access.find(request.user, id, action="connector:write")
    asks = request.method == "POST"
    looked = _looked(request, seat.draft.project) if asks else repository_preview.look_again(request)
    return render(request, PREVIEW, {"look_url": reverse("draft_probe_again", args=[id]), **looked})


@checked_by_form
@login_required
@require_POST
def keep_changes(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Keep what is typed into the form of a draft, as it is typed; the draft stays as it is."""
    seat = access.find(request.user, id, action="connector:write")
    row = autosave.keep_meanwhile(request.user, draft=seat.draft, typed=TypedForm(request.POST))
    return render(request, "developers/_autosave_notice.html", {"kept": row})


@login_required
@require_POST
def drop_changes(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Forget what was typed into the form of a draft and not saved."""
    seat = access.find(request.user, id, action="connector:write")
    autosave.forget(request.user, draft=seat.draft, typed=TypedForm(request.POST))
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
        request, f"You can’t edit the draft while its status is {seat.draft.get_status_display().lower()}."
    )
    return redirect("draft", seat.draft.id)
