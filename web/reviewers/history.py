"""The event log: searchable, exportable and read-only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.limits import searches
from accounts.models import Event
from accounts.requests import fields
from accounts.requests.nul import checked_by_form
from certification.desk import csv_export
from certification.desk.filters import HistoryFilter
from certification.rounds import timeline
from web.reviewers import attachments
from web.reviewers.access import person, reviewing

PAGE = 50
LONGEST_FILE = 100_000
COLUMNS = (
    "id",
    "at",
    "event",
    "actor_kind",
    "actor",
    "project",
    "subject_type",
    "subject_id",
    "subject",
    "status_from",
    "status_to",
    "version",
    "commit",
    "correlation_id",
    "details",
)


@checked_by_form
@require_safe
@reviewing("events:read")
def show(request: HttpRequest) -> HttpResponse:
    """Show the events, the newest first, from before the id `before`."""
    found = _found(request)
    before = fields.whole(request.GET.get("before"))
    rows = found.qs if before is None else found.qs.filter(pk__lt=before)
    listed = list(rows[: PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    return render(
        request,
        "reviewers/history.html",
        {
            "form": found.form,
            "events": [(event, timeline.item(event)) for event in listed[:PAGE]],
            "next": listed[PAGE - 1].pk if len(listed) > PAGE else None,
            "narrowed": any(request.GET.get(name) for name in found.filters if name != "q"),
            "query": query.urlencode(),
            "is_first": before is None,
        },
    )


@checked_by_form
@require_safe
@reviewing("events:read")
def table(request: HttpRequest) -> HttpResponseBase:
    """Return the events of the same filters as a CSV file."""
    return _file(request, lambda events: csv_export.lines(COLUMNS, map(_record, events)), "csv", "text/csv")


@checked_by_form
@require_safe
@reviewing("events:read")
def lines(request: HttpRequest) -> HttpResponseBase:
    """Return the events of the same filters as JSON, one object per line."""
    return _file(request, _lines, "jsonl", "application/jsonl")


def _file(
    request: HttpRequest, write: Callable[[Iterator[Event]], Iterable[str]], suffix: str, content_type: str
) -> HttpResponseBase:
    return attachments.of_rows(
        request,
        _found(request).qs,
        lines=write,
        most=LONGEST_FILE,
        page="history",
        name=f"history-{timezone.now():%Y-%m-%d}.{suffix}",
        content_type=content_type,
    )


def _found(request: HttpRequest) -> HistoryFilter:
    searches.count(request, request.GET.get("q", ""))
    return HistoryFilter(request.GET, queryset=timeline.visible(person(request)))


def _record(event: Event) -> list[object]:
    return [
        event.uuid,
        event.at.isoformat(),
        event.name,
        event.actor_kind,
        event.actor_label,
        event.project_key,
        event.subject_type,
        event.subject_id,
        event.subject_label,
        event.status_from,
        event.status_to,
        "" if event.version is None else event.version,
        event.commit,
        event.correlation_id,
        json.dumps(event.details, ensure_ascii=False),
    ]


def _lines(events: Iterator[Event]) -> Iterator[str]:
    for event in events:
        record = dict(zip(COLUMNS, _record(event), strict=True))
        record.update({"id": str(event.uuid), "details": event.details, "version": event.version})
        yield json.dumps(record, ensure_ascii=False) + "\n"
