"""Looks at a repository for the pages that ask for a tag: what `_repository_preview.html` shows."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import Project
from connectors.drafts import repository_preview
from connectors.drafts.repository_preview import RepositoryPreview
from connectors.models import ConnectorStaged
from web.developers import access
from web.developers.access import Seat
from web.requests import SignedInRequest, require_POST

Looked = dict[str, object]


class RepositoryForm(forms.Form):
    """The repository as it is typed into the connector form; the look judges it."""

    project = forms.CharField(required=False)
    repository_url = forms.CharField(required=False)
    repository_tag = forms.CharField(required=False)


class TagLookForm(forms.Form):
    """The tag as it is typed into a page for another tag, and whether its button asks for a preview."""

    tag = forms.CharField(required=False)
    look = forms.BooleanField(required=False)

    def is_asked(self) -> bool:
        """Return whether the button was pressed."""
        return self.is_valid() and bool(self.cleaned_data["look"])


def look(request: SignedInRequest, project: Project, *, url: str, tag: str) -> Looked:
    """Return what a look at a repository and a tag of it finds, for the part of the page that shows it."""
    try:
        return {
            "look": repository_preview.look(url, tag=tag, project=project, by=request.user),
            "probed_project": project,
        }
    except repository_preview.TooMany as error:
        return {"refused": str(error)}


def another_tag(seat: Seat) -> Looked:
    """Return what a page that asks for another tag of a draft needs before anybody looked."""
    return {"look_url": reverse("draft_tags", args=[seat.draft.id]), "tag_field": "id_tag"}


def look_for_another(request: SignedInRequest, seat: Seat) -> Looked:
    """Return the same with what a look at the draft's repository finds."""
    form = TagLookForm(request.POST)
    tag = form.cleaned_data["tag"] if form.is_valid() else ""
    found = look(request, seat.draft.project, url=seat.draft.repository_url, tag=tag)
    return {**another_tag(seat), **found}


def typed_or_newest(looked: Looked, *, form: forms.Form, draft: ConnectorStaged) -> dict[str, object]:
    """Return what a form of another tag goes on with after a preview: what was typed; without a tag, the newest one."""
    found = looked.get("look")
    newest = (
        found.tag
        if isinstance(found, RepositoryPreview) and not found.problem and found.tag != draft.repository_tag
        else ""
    )
    typed = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in typed.items() if value is not None} | {"tag": typed["tag"] or newest}


@login_required
@require_POST
def tags(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Answer with the tags of a draft's repository, and what connect.yaml says at the one that is typed."""
    seat = access.find(request.user, id, action="connector:write")
    context = {"draft": seat.draft, **look_for_another(request, seat)}
    return render(request, "developers/_repository_preview.html", context)
