"""The review queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access.permissions import may
from accounts.limits import searches
from accounts.models import User
from accounts.requests.fields import whole
from accounts.requests.nul import checked_by_form
from certification import business_calendar
from certification.desk import csv_export, filter_form_cache, presence, queue_rows, review_queue
from certification.desk.filters import QueueFilter, queue_filter
from certification.models import Round, SavedView
from web.reviewers import attachments
from web.reviewers.access import person, reviewing
from web.reviewers.forms import SavedViewForm

LONGEST_FILE = 20_000
MOST_PAGES = 400


@checked_by_form
@require_safe
@reviewing()
def show(request: HttpRequest) -> HttpResponse:
    """Show one page of the queue. All its filters are in the URL."""
    return render(request, "reviewers/queue.html", context(request))


def context(request: HttpRequest, *, view_form: SavedViewForm | None = None) -> dict[str, Any]:
    """Return the context of the page. `view_form` is a refused form for a saved view."""
    now, by = timezone.now(), person(request)
    view, query, found = request.GET.get("view", ""), query_of(request.GET), _filtered(request)
    page = _page(request.GET)
    start = (page - 1) * review_queue.PAGE
    listed = list(queue_rows.needed(found.qs)[start : start + review_queue.PAGE + 1])
    narrowed = [name for name in found.filters if any(request.GET.getlist(name))]
    numbers = review_queue.numbers(by=by, now=now)
    total = _total(found, start, listed) if narrowed or view not in numbers else numbers[view]
    return {
        **_offers(by),
        **_counters(numbers),
        "view": view,
        "rows": _rows(listed[: review_queue.PAGE], by=by, now=now),
        "total": review_queue.shown(total),
        "page": page,
        "has_more": len(listed) > review_queue.PAGE and page < MOST_PAGES,
        "form": found.form,
        "fields": filter_form_cache.fields(query, reviewers=filter_form_cache.reviewers()),
        "narrowed": len([name for name in narrowed if name != "q"]),
        "query": query,
        "saved": SavedView.objects.filter(Q(user=by) | Q(shared=True)),
        "view_form": view_form or SavedViewForm(query=query, may_share=may(by, "review:assign")),
    }


def _offers(by: User) -> dict[str, Any]:
    """Return what this person may do here."""
    assigns = may(by, "review:assign")
    return {
        "can_take": may(by, "review:claim"),
        "can_assign": assigns,
        "reviewers": filter_form_cache.reviewers() if assigns else (),
        "sees_history": may(by, "events:read"),
    }


def _counters(numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return how many submissions each built-in view has."""
    return {
        "for_me": review_queue.shown(numbers[""]),
        "counters": [
            (name, known.label, review_queue.shown(numbers[name])) for name, known in review_queue.STANDING.items()
        ],
    }


def _rows(listed: list[Round], *, by: User, now: datetime) -> list[str]:
    """Return the rows of the table as HTML."""
    drawn = queue_rows.build(
        listed,
        now=now,
        calendar=business_calendar.calendar(),
        user_id=by.pk,
        here=presence.everywhere(by=by, now=now),
        selectable=may(by, "review:claim"),
    )
    return [queue_rows.html(row) for row in drawn]


@checked_by_form
@require_safe
@reviewing()
def table(request: HttpRequest) -> HttpResponseBase:
    """Return the rows of all pages as a CSV file."""
    now, calendar = timezone.now(), business_calendar.calendar()

    def lines(found: Iterator[Round]) -> Iterator[str]:
        return csv_export.lines(
            queue_rows.COLUMNS, (queue_rows.record(row, now=now, calendar=calendar) for row in found)
        )

    return attachments.of_rows(
        request,
        queue_rows.complete(_filtered(request).qs),
        lines=lines,
        most=LONGEST_FILE,
        page="queue",
        name=f"queue-{now:%Y-%m-%d}.csv",
        content_type="text/csv",
    )


def _filtered(request: HttpRequest) -> QueueFilter:
    searches.count(request, request.GET.get("q", ""))
    view, status = request.GET.get("view", ""), request.GET.get("status", "")
    narrowed = status or ("all" if any(request.GET.get(name) for name in ("q", "turn", "assignee")) else "")
    return queue_filter(request.GET, review_queue.listed(view, status=narrowed, by=person(request), now=timezone.now()))


def _total(found: QueueFilter, start: int, listed: list[Round]) -> int:
    """Return how many rounds match. If the list ends on this page, they need not be counted."""
    if len(listed) > review_queue.PAGE or (start and not listed):
        return review_queue.capped(found.qs)
    return start + len(listed)


def query_of(given: QueryDict) -> str:
    """Return the filters of a query string, without the page number."""
    kept = given.copy()
    for name in [name for name in kept if name not in QueueFilter.base_filters and name != "view"]:
        del kept[name]
    return kept.urlencode()


def _page(given: QueryDict) -> int:
    return min(max(whole(given.get("page")) or 1, 1), MOST_PAGES)
