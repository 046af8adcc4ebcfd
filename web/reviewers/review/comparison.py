"""What the code is compared with, and one file of the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.requests.fields import INTEGER, whole
from certification.comparison import changed_files, revisions
from certification.evidence import machine_evidence
from certification.models import Round
from certification.rounds import (
    conversation,
)
from certification.rounds.abilities import abilities
from web.reviewers.access import P, View, person
from web.reviewers.review.findings import permalink

MOST_TAG = 256
WAYS = ("unified", "split")
"""How a difference may be drawn; `view` in the address says which, else the cookie."""
COOKIE = "difference"
YEAR = timedelta(days=365)


def remembering_view(view: View[P]) -> View[P]:
    """Keep in a cookie how somebody wants to see differences, when the address says it: they want it next time, too."""

    @wraps(view)
    def remembered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if (chosen := request.GET.get("view")) in WAYS:
            response.set_cookie(
                COOKIE, chosen, max_age=timedelta(days=365), httponly=True, samesite="Lax", secure=settings.HTTPS
            )
        return response

    return cast("View[P]", remembered)


def file_context(
    request: HttpRequest, row: Round, *, path: str, typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what is shown of one file; Http404 for one that neither changed nor was spoken of."""
    evidence = machine_evidence.gather(row, now=timezone.now())
    compared = compared_ends(request, row)
    by = person(request)
    line, can = whole(request.GET.get("line"), largest=INTEGER), abilities(row, by)
    changes = changed_files.changes(compared, evidence=evidence, internal=can.internal) or []
    change = next((c for c in changes if c.path == path), None)
    if change is None:
        raise Http404("This file is not part of the difference.")
    speaks = can.line_comment().possible and compared.is_of_round
    split = side_by_side(request)
    query = {"path": path, **compared.query, "view": "split" if split else "unified"}
    address = f"{reverse('review_file', args=[row.draft_id])}?{urlencode(query)}"
    return {
        "round": row,
        "draft": row.draft,
        "compared": compared,
        "change": change,
        "file": changed_files.difference(
            change, compared, evidence=evidence, whole=request.GET.get("whole") == "yes", internal=can.internal
        ),
        "link": permalink(row, path, None, commit=compared.head.commit),
        "split": split,
        "line": line,
        "can": can,
        "speaks": speaks,
        "file_url": address if speaks else "",
        "alone": address,
        "unsent": {**conversation.unsent_of(row, by), **(typed or {})},
        "slot": conversation.slot_of(path, line),
    }


def side_by_side(request: HttpRequest) -> bool:
    chosen = request.GET.get("view")
    return (chosen if chosen in WAYS else request.COOKIES.get(COOKIE)) == "split"


def compared_ends(request: HttpRequest, row: Round) -> revisions.Comparison:
    """Return the comparison that the address asks for; `from` and `to` are tags as somebody typed them."""
    names = {}
    for end, field in (("base", "from"), ("head", "to")):
        tag = request.GET.get(field, "").strip()[:MOST_TAG]
        names[end] = revisions.TAG + tag if tag else request.GET.get(end, "")
    return revisions.compare(row, **names, by=person(request))
