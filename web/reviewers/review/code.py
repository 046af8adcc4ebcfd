"""The pages of the code: changed files, one file, packages and documents."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests.fields import INTEGER, whole
from certification.comparison import changed_files, package_changes, readme, revisions, tag_fetches
from certification.errors import NotAllowed
from certification.evidence import machine_evidence
from certification.rounds import (
    decisions,
)
from certification.rounds.abilities import abilities
from connectors.errors import ConnectorError
from web.requests import require_POST
from web.reviewers.access import find, person, reviewing
from web.reviewers.review.comparison import (
    compared_ends,
    file_context,
    remembering_view,
    side_by_side,
)
from web.reviewers.review.responses import refused, wants_part


@require_safe
@reviewing()
@remembering_view
def files(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show what differs between any two ends on a page of its own: packages, then the whole list of files.

    What is not kept yet can be fetched here; as a part, the page is asked for until that is done.
    """
    row = find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))
    evidence = machine_evidence.gather(row, now=timezone.now())
    compared, can = compared_ends(request, row), abilities(row, person(request))
    changes = changed_files.changes(compared, evidence=evidence, internal=can.internal)
    part = "HX-Request" in request.headers
    missing = [(end, tag_fetches.get(row.draft, tag=end.tag)) for end in compared.missing]
    return render(
        request,
        "reviewers/_compare_picker.html" if part else "reviewers/files.html",
        {
            "round": row,
            "draft": row.draft,
            "compared": compared,
            "bases": revisions.bases(row, by=person(request)),
            "tag_names": revisions.tag_names(row.draft),
            "listed": tag_fetches.get(row.draft),
            "missing": missing,
            "waits": any(look is not None and look.is_open for _, look in missing),
            "notes": [end.note for end in (compared.base, compared.head) if end.note],
            "moved": [end.tag for end in (compared.base, compared.head) if end.note],
            "can_fetch": can.fetch_tags(),
            "changes": changes,
            "number_of_changes": len(changes or ()),
            "lock_files": package_changes.lock_files(compared, evidence=evidence, everything=True),
            "split": side_by_side(request),
        },
    )


@require_safe
@reviewing()
def packages(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show what changed in the lock files: alone, or as the part of the page that asks for it."""
    row = find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))
    compared = compared_ends(request, row)
    part = "HX-Request" in request.headers
    found = package_changes.lock_files(
        compared, evidence=machine_evidence.gather(row, now=timezone.now()), everything=not part
    )
    template = "reviewers/_packages.html" if part else "reviewers/packages.html"
    return render(request, template, {"round": row, "draft": row.draft, "compared": compared, "lock_files": found})


@require_safe
@reviewing()
@remembering_view
def file(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show the difference of one file: alone, as a part of the review, or only the form for a comment on it."""
    row = find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))
    found = file_context(request, row, path=request.GET.get("path", ""))
    if wants_part(request) and found["speaks"]:
        return render(request, "reviewers/_line_comment_form.html", {**found, "inline": True})
    part = "HX-Request" in request.headers
    return render(request, "reviewers/_file.html" if part else "reviewers/file.html", found)


@require_safe
@reviewing()
def documentation(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show documentation and licence: alone, or as the part of the page that asks for it."""
    row = find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))
    part = "HX-Request" in request.headers
    template = "reviewers/_documents.html" if part else "reviewers/documents.html"
    return render(request, template, {"round": row, "draft": row.draft, "documents": readme.documents(row)})


@require_POST
@reviewing("review:rerun")
def fetch(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Let a worker look up the repository's tags, or fetch the files of some; then back to the comparison."""
    find(draft_id)
    try:
        decisions.fetch_tags(draft_id, tags=request.POST.getlist("tag")[:2], by=person(request))
    except NotAllowed as error:
        return refused(request, draft_id, error)
    except ConnectorError as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('review_files', args=[draft_id])}?{request.GET.urlencode()}")
