"""What is done with a draft as a whole, each on a page that explains the consequences first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.ability import Ability
from certification.desk import pace
from connectors.drafts import update
from connectors.errors import ConcurrentModification, ConnectorError, InvalidJsonInput
from connectors.models import ConnectorStaged
from web.developers import access, repository_preview
from web.developers.access import Seat
from web.developers.connector_form import PublishForm, TagForm, VersionForm
from web.developers.draft import choices, impacts
from web.developers.repository_preview import TagLookForm
from web.requests import SignedInRequest

Step = VersionForm | PublishForm | TagForm
CHANGED = "The draft has changed since you opened this page. Review it, then confirm."


def perform(seat: Seat, *, form: Step, action: dict[str, Any]) -> ConnectorStaged | None:
    """Apply one update action at the version that the page showed; return the draft, or say why not beside the form."""
    try:
        return update.apply(seat.lookup, version=form.cleaned_data["version"], requested=[action], by=seat.actor)
    except ConcurrentModification:
        form.add_error(None, CHANGED)
    except ConnectorError as error:
        form.add_error(None, error.message)
    return None


def not_now(request: SignedInRequest, seat: Seat, ability: Ability) -> HttpResponse | None:
    """Redirect a step that is not possible now to the draft's page, which says whose turn it is.

    The page of the step would explain consequences that it cannot have. A POST is answered beside the form.
    """
    if ability or request.method == "POST":
        return None
    messages.warning(request, ability.why_not)
    return redirect("draft", seat.draft.id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Publish privately or submit for certification."""
    seat = access.find(request.user, id, action="connector:write")
    if answer := not_now(request, seat, choices(seat).publish()):
        return answer
    how = request.GET.get("how", "")
    form = PublishForm(request.POST or None, initial={"version": seat.draft.version, "how": how})
    if request.method == "POST" and form.is_valid():
        certification = form.cleaned_data["how"] == PublishForm.CERTIFIED
        done = perform(seat, form=form, action={"action": "publish", "certification": certification})
        if done:
            messages.success(request, _published(done, certification=certification))
            return redirect("draft", id)
    context = {"pace": pace.for_draft(seat.draft), "impacts": impacts(seat.draft)}
    return _page(request, id, "developers/publish.html", form, **context)


def _published(draft: ConnectorStaged, *, certification: bool) -> str:
    """Return what happened, and what comes next."""
    if not draft.frozen:
        return "Connector listed again in search and catalog."
    return "Submitted for certification. Checks are running." if certification else "Checks are running."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tag(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Choose another tag and, if wanted, publish it: two actions of one request."""
    seat = access.find(request.user, id, action="connector:write")
    if answer := not_now(request, seat, choices(seat).tag()):
        return answer
    then = TagForm.CERTIFIED if seat.draft.certification_requested else TagForm.NOTHING
    if request.method == "POST" and TagLookForm(request.POST).is_asked():
        looked = repository_preview.look_for_another(request, seat)
        typed = repository_preview.typed_or_newest(looked, form=TagForm(request.POST), draft=seat.draft)
        return _page(request, id, "developers/choose_tag.html", TagForm(initial=typed), **looked)
    form = TagForm(request.POST or None, initial={"version": seat.draft.version, "then": then})
    if request.method == "POST" and form.is_valid() and (changed := _retagged(seat, form)):
        chosen = form.cleaned_data["tag"]
        messages.success(request, f"Checking tag {chosen}." if changed.frozen else f"Tag {chosen} selected.")
        return redirect("draft", id)
    return _page(request, id, "developers/choose_tag.html", form, **repository_preview.another_tag(seat))


def _retagged(seat: Seat, form: TagForm) -> ConnectorStaged | None:
    """Apply what was chosen; return the draft, or say why not beside the form."""
    actions, fields = form.actions()
    try:
        return update.apply(seat.lookup, version=form.cleaned_data["version"], requested=actions, by=seat.actor)
    except ConcurrentModification:
        form.add_error(None, CHANGED)
    except InvalidJsonInput as error:
        for problem in error.problems:
            form.add_error(fields.get(problem.field), problem.message)
    except ConnectorError as error:
        form.add_error(None, error.message)
    return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Request the previewable status."""
    seat = access.find(request.user, id, action="connector:write")
    if answer := not_now(request, seat, choices(seat).preview()):
        return answer
    form = VersionForm(request.POST or None, initial={"version": seat.draft.version})
    done = request.method == "POST" and form.is_valid()
    if done and perform(seat, form=form, action={"action": "updatePreviewable"}):
        messages.success(request, "Preview requested. Checks are running.")
        return redirect("draft", id)
    return _page(request, id, "developers/preview.html", form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unlist(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Remove the Connector from search and catalog."""
    seat = access.find(request.user, id, action="connector:write")
    if answer := not_now(request, seat, choices(seat).unlist()):
        return answer
    form = VersionForm(request.POST or None, initial={"version": seat.draft.version})
    done = request.method == "POST" and form.is_valid()
    if done and perform(seat, form=form, action={"action": "unlist"}):
        messages.success(request, "Connector unlisted. Its page and its API address keep working.")
        return redirect("draft", id)
    return _page(request, id, "developers/unlist.html", form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Delete a draft, and its Connector where that is private."""
    seat = access.find(request.user, id, action="connector:write")
    if answer := not_now(request, seat, choices(seat).delete()):
        return answer
    form = VersionForm(request.POST or None, initial={"version": seat.draft.version})
    if request.method == "POST" and form.is_valid():
        try:
            update.delete(seat.lookup, version=form.cleaned_data["version"], by=seat.actor)
        except ConcurrentModification:
            form.add_error(None, CHANGED)
        except ConnectorError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Draft {seat.draft.label} deleted.")
            return redirect("drafts")
    return _page(request, id, "developers/delete.html", form)


def _page(request: SignedInRequest, id: UUID, template: str, form: Step, **more: Any) -> HttpResponse:
    """Draw a page of this kind over the draft as it is now; a refused form goes on with the current version."""
    seat = access.find(request.user, id, action="connector:write")
    if form.errors:
        form.data = {**form.data.dict(), "version": seat.draft.version}  # type: ignore[attr-defined]
    context = {"form": form, "draft": seat.draft, "project": seat.draft.project, "can": choices(seat), **more}
    return render(request, template, context, status=409 if form.errors else 200)
