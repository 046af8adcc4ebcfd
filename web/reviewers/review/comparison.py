"""The comparison of code that the URL selects, and one file of it."""

from __future__ import annotations

from datetime import timedelta
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.requests import cookies
from accounts.requests.fields import INTEGER, whole
from certification.comparison import changed_files, revisions
from certification.evidence import machine_evidence
from certification.models import Round
from certification.rounds import conversation
from certification.rounds.abilities import abilities
from web.reviewers.access import P, View, person
from web.reviewers.forms import LineCommentForm
from web.reviewers.review.findings import permalink

MOST_TAG = 256
WAYS = ("unified", "split")
"""The views of a difference; `view` in the URL selects one, else the cookie."""
COOKIE = "difference"
REMEMBERED = timedelta(days=365)


def remembering_view(view: View[P]) -> View[P]:
    """Store the view of differences in a cookie when the URL selects one, for the next time."""

    @wraps(view)
    def remembered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if (chosen := request.GET.get("view")) in WAYS:
            response.set_cookie(
                cookies.named(COOKIE),
                chosen,
                max_age=REMEMBERED,
                httponly=True,
                samesite="Lax",
                secure=settings.HTTPS,
            )
        return response

    return cast("View[P]", remembered)


def file_context(request: HttpRequest, row: Round, *, path: str) -> dict[str, Any]:
    """Return the context of one file; Http404 for a file without changes, comments or findings."""
    evidence = machine_evidence.gather(row, now=timezone.now())
    compared, can = compared_ends(request, row), abilities(row, person(request))
    changes = changed_files.changes(compared, evidence=evidence) or []
    change = next((c for c in changes if c.path == path), None)
    if change is None:
        raise Http404("This file is not part of the difference.")
    split, speaks = side_by_side(request), can.line_comment().possible and compared.is_of_round
    query = {"path": path, **compared.query, "view": "split" if split else "unified"}
    address = f"{reverse('review_file', args=[row.draft_id])}?{urlencode(query)}"
    everything = request.GET.get("whole") == "yes"
    return {
        **_line_comment(request, row, path=path),
        "round": row,
        "draft": row.draft,
        "compared": compared,
        "change": change,
        "file": changed_files.difference(change, compared, evidence=evidence, whole=everything),
        "link": permalink(row, path, None, commit=compared.head.commit),
        "split": split,
        "can": can,
        "speaks": speaks,
        "file_url": address if speaks else "",
        "alone": address,
    }


def _line_comment(request: HttpRequest, row: Round, *, path: str) -> dict[str, Any]:
    """Return the line in the URL, and the form for a comment on it, with unsent text."""
    line = whole(request.GET.get("line"), largest=INTEGER)
    unsent = conversation.unsent_of(row, person(request))
    place = conversation.slot_of(path, line)
    return {"line": line, "form": LineCommentForm(place=place, unsent=unsent, initial={"path": path, "line": line})}


def side_by_side(request: HttpRequest) -> bool:
    """Return whether differences are shown side by side, according to the URL, else to the cookie."""
    chosen = request.GET.get("view")
    return (chosen if chosen in WAYS else request.COOKIES.get(cookies.named(COOKIE))) == "split"


def compared_ends(request: HttpRequest, row: Round) -> revisions.Comparison:
    """Return the comparison that the URL selects. Its parameters `from` and `to` are tags that somebody typed."""
    names = {}
    for end, field in (("base", "from"), ("head", "to")):
        tag = request.GET.get(field, "").strip()[:MOST_TAG]
        names[end] = revisions.TAG + tag if tag else request.GET.get(end, "")
    return revisions.compare(row, **names, by=person(request))
