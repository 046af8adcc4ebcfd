"""Looks at a repository for the pages that ask for a tag: what `_repository_preview.html` shows."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import Project
from accounts.requests.fields import BIGINT
from connectors.drafts.repository_preview import RepositoryPreview
from connectors.fetches import repository_previews
from connectors.fetches.repository_previews import PreviewAnswer
from connectors.limits import TooManyRequests
from connectors.models import ConnectorStaged
from web.developers import access
from web.developers.access import Seat
from web.requests import SignedInRequest

Looked = dict[str, object]


class RepositoryForm(forms.Form):
    """The repository as it is typed into the connector form; the look judges it."""

    project = forms.CharField(required=False)
    repository_url = forms.CharField(required=False)
    repository_tag = forms.CharField(required=False)


class AskedForm(forms.Form):
    """The fetch that a page waits for; without one, or with nonsense, it waits for none."""

    asked = forms.IntegerField(required=False, min_value=1, max_value=BIGINT)

    @property
    def number(self) -> int | None:
        """The id of the fetch."""
        return self.cleaned_data["asked"] if self.is_valid() else None


class TagLookForm(forms.Form):
    """The tag as it is typed into a page for another tag, and whether its button asks for a preview."""

    tag = forms.CharField(required=False)
    look = forms.BooleanField(required=False)

    def is_asked(self) -> bool:
        """Return whether the button was pressed."""
        return self.is_valid() and bool(self.cleaned_data["look"])


def look(request: SignedInRequest, project: Project, *, url: str, tag: str) -> Looked:
    """Return what a look at a repository and a tag of it finds, for the part of the page that shows it."""
    asked = AskedForm(request.POST).number
    try:
        return _shown(repository_previews.ask(url, tag=tag, project=project, by=request.user, asked=asked))
    except (repository_previews.TooMany, TooManyRequests) as error:
        return {"refused": str(error)}


def look_again(request: SignedInRequest) -> Looked:
    """Return what has come of the fetch that the page waits for; nothing when it waits for none."""
    asked = AskedForm(request.GET).number
    answer = repository_previews.answer_to(asked, by=request.user) if asked else None
    return _shown(answer) if answer else {}


def _shown(answer: PreviewAnswer) -> Looked:
    if answer.found is None:
        return {"waits_for": answer.asked}
    return {"look": answer.found, "probed_project": answer.project}


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
@require_http_methods(["GET", "HEAD", "POST"])
def tags(request: SignedInRequest, id: UUID) -> HttpResponse:
    """PreviewAnswer with the tags of a draft's repository, and what connect.yaml says at the one that is typed.

    A POST asks, a GET waits for what was asked: a part of the page.
    """
    seat = access.find(request.user, id, action="connector:write")
    asks = request.method == "POST"
    looked = look_for_another(request, seat) if asks else {**another_tag(seat), **look_again(request)}
    return render(request, "developers/_repository_preview.html", {"draft": seat.draft, **looked})
