"""The review page, and the parts that it loads while it is open."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests.fields import whole
from certification.desk import prepared_answers, presence
from certification.rounds import timeline
from web.reviewers.access import find, find_shown, person, reviewing
from web.reviewers.review.comparison import remembering_view
from web.reviewers.review.overview import context


@require_safe
@reviewing()
@remembering_view
def show(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show the last round of a connector, or the one in `?round=`."""
    row = find_shown(request, draft_id)
    presence.note(row, by=person(request), now=timezone.now())
    return render(request, "reviewers/review.html", context(request, row))


@require_safe
@reviewing()
def here(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Record that the page is still open, and show who else has it open."""
    row, now = find(request, draft_id), timezone.now()
    presence.note(row, by=person(request), now=now)
    return render(
        request,
        "reviewers/_viewers.html",
        {
            "others": presence.others(row, by=person(request), now=now),
            "news": timeline.news(row, person(request), last_event_id=whole(request.GET.get("seen"))),
        },
    )


@require_safe
@reviewing()
def answers(request: HttpRequest) -> HttpResponse:
    """Show the prepared answers that match a search."""
    found = prepared_answers.search(request.GET.get("q", "")[:200])
    return render(request, "reviewers/_prepared_answers.html", {"answers": found})
