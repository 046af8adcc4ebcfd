"""The code pages: changed files, one file, packages and documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from certification.comparison import changed_files, package_changes, readme, revisions, tag_fetches
from certification.errors import NotAllowed
from certification.evidence import machine_evidence
from certification.models import Round
from certification.rounds import reruns
from certification.rounds.abilities import abilities
from connectors.errors import ConnectorError
from connectors.limits import TooManyRequests
from web.requests import require_POST, wants_part
from web.reviewers.access import find, find_shown, person, reviewing
from web.reviewers.forms import TagsForm
from web.reviewers.review.comparison import (
    compared_ends,
    file_context,
    remembering_view,
    side_by_side,
)
from web.reviewers.review.responses import refused


@require_safe
@reviewing()
@remembering_view
def files(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show the differences between any two ends on a page of its own: packages, then all files.

    Missing files can be fetched here. Until they arrive, the page reloads this part of itself.
    """
    row = find_shown(request, draft_id)
    compared, can = compared_ends(request, row), abilities(row, person(request))
    evidence = machine_evidence.gather(row, now=timezone.now())
    changes = changed_files.changes(compared, evidence=evidence)
    return render(
        request,
        "reviewers/_compare_picker.html" if wants_part(request) else "reviewers/files.html",
        {
            **_ends(row, compared),
            "round": row,
            "draft": row.draft,
            "bases": revisions.bases(row, by=person(request)),
            "can_fetch": can.fetch_tags(),
            "changes": changes,
            "number_of_changes": len(changes or ()),
            "lock_files": package_changes.lock_files(compared, evidence=evidence, everything=True),
            "split": side_by_side(request),
        },
    )


def _ends(row: Round, compared: revisions.Comparison) -> dict[str, Any]:
    """Return the ends, which of them must be fetched first, and what their tags lead to now."""
    ends = (compared.base, compared.head)
    missing = [(end, tag_fetches.get(row.draft, tag=end.tag)) for end in compared.missing]
    return {
        "compared": compared,
        "tag_names": revisions.tag_names(row.draft),
        "listed": tag_fetches.get(row.draft),
        "missing": missing,
        "waits": any(look is not None and look.is_open for _, look in missing),
        "notes": [end.note for end in ends if end.note],
        "moved": [end.tag for end in ends if end.note],
    }


@require_safe
@reviewing()
def packages(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show the changes in lock files, as a page or as a part of the review page."""
    row = find_shown(request, draft_id)
    compared = compared_ends(request, row)
    part = wants_part(request)
    found = package_changes.lock_files(
        compared, evidence=machine_evidence.gather(row, now=timezone.now()), everything=not part
    )
    template = "reviewers/_packages.html" if part else "reviewers/packages.html"
    return render(request, template, {"round": row, "draft": row.draft, "compared": compared, "lock_files": found})


@require_safe
@reviewing()
@remembering_view
def file(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show the difference of one file, as a page or as a part of the review page; or only its comment form."""
    row = find_shown(request, draft_id)
    found = file_context(request, row, path=request.GET.get("path", ""))
    if not wants_part(request):
        return render(request, "reviewers/file.html", found)
    if found["speaks"] and (found["line"] or request.GET.get("form") == "yes"):
        return render(request, "reviewers/_line_comment_place.html", found)
    return render(request, "reviewers/_file.html", found)


@require_safe
@reviewing()
def documentation(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show documentation and license, as a page or as a part of the review page."""
    row = find_shown(request, draft_id)
    part = wants_part(request)
    template = "reviewers/_documents.html" if part else "reviewers/documents.html"
    return render(request, template, {"round": row, "draft": row.draft, "documents": readme.documents(row)})


@require_POST
@reviewing("review:rerun")
def fetch(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Let a worker fetch the repository's tags, or the files of some; then redirect to the comparison."""
    find(request, draft_id)
    form = TagsForm(request.POST)
    form.is_valid()
    try:
        reruns.fetch_tags(draft_id, tags=form.cleaned_data["tag"], by=person(request))
    except NotAllowed as error:
        return refused(request, draft_id, error.message)
    except TooManyRequests:
        raise
    except ConnectorError as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('review_files', args=[draft_id])}?{request.GET.urlencode()}")
