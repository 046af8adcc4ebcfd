"""The queue: what is next?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import naming
from accounts.access.permissions import may
from accounts.models import User
from accounts.requests.fields import identifier, number, whole
from accounts.requests.nul import checked_by_form
from certification import business_calendar, formatting
from certification.desk import claims, csv_export, filter_form_cache, presence, queue_rows, review_queue
from certification.desk.filters import QueueFilter, queue_filter
from certification.models import Round, SavedView
from certification.rounds import closeness, decisions, overdue
from connectors.errors import ConnectorError
from web.requests import require_POST
from web.reviewers import attachments
from web.reviewers.access import person, reviewing

LONGEST_FILE = 20_000
MOST_PAGES = 400
MOST_AT_ONCE = 100


@checked_by_form
@require_safe
@reviewing()
def show(request: HttpRequest) -> HttpResponse:
    """Show one page of the queue; everything that narrows it stands in the address."""
    now, by = timezone.now(), person(request)
    view = request.GET.get("view", "")
    found = _filtered(request)
    page = _page(request.GET)
    start = (page - 1) * review_queue.PAGE
    listed = list(queue_rows.needed(found.qs, by=by)[start : start + review_queue.PAGE + 1])
    narrowed = [name for name in found.filters if any(request.GET.getlist(name))]
    numbers = review_queue.numbers(by=by, now=now)
    acts, assigns, reviewers = may(by, "review:claim"), may(by, "review:assign"), filter_form_cache.reviewers()
    drawn = queue_rows.build(
        listed[: review_queue.PAGE],
        now=now,
        calendar=business_calendar.calendar(),
        user_id=by.pk,
        here=presence.everywhere(by=by, now=now),
        selectable=acts,
    )
    return render(
        request,
        "reviewers/queue.html",
        {
            "counters": [
                (name, known.label, review_queue.shown(numbers[name])) for name, known in review_queue.STANDING.items()
            ],
            "for_me": review_queue.shown(numbers[""]),
            "view": view,
            "rows": [queue_rows.html(row) for row in drawn],
            "total": review_queue.shown(
                _total(found, start, listed) if narrowed or view not in numbers else numbers[view]
            ),
            "page": page,
            "has_more": len(listed) > review_queue.PAGE and page < MOST_PAGES,
            "form": found.form,
            "fields": filter_form_cache.fields(_query(request.GET), reviewers=reviewers),
            "narrowed": len([name for name in narrowed if name != "q"]),
            "query": _query(request.GET),
            "saved": SavedView.objects.filter(Q(user=by) | Q(shared=True)),
            "can_take": acts,
            "can_assign": assigns,
            "reviewers": reviewers if assigns else (),
            "sees_history": may(by, "events:read"),
        },
    )


@checked_by_form
@require_safe
@reviewing()
def table(request: HttpRequest) -> HttpResponseBase:
    """Return the same rows as a CSV file, all pages of them."""
    now, calendar = timezone.now(), business_calendar.calendar()

    def lines(found: Iterator[Round]) -> Iterator[str]:
        return csv_export.lines(
            queue_rows.COLUMNS, (queue_rows.record(row, now=now, calendar=calendar) for row in found)
        )

    return attachments.of_rows(
        request,
        queue_rows.complete(_filtered(request).qs, by=person(request)),
        lines=lines,
        most=LONGEST_FILE,
        page="queue",
        name=f"queue-{now:%Y-%m-%d}.csv",
        content_type="text/csv",
    )


@require_POST
@reviewing("review:claim")
def take_next(request: HttpRequest) -> HttpResponse:
    """Start the review that is due first."""
    row = claims.take_next(by=person(request))
    if row is None:
        messages.info(request, "Nothing is waiting for a reviewer now.")
        return redirect("queue")
    messages.success(request, f"{row.name} is yours. It is {_due(row)}.")
    return redirect("review", draft_id=row.draft_id)


@require_POST
@reviewing("review:claim")
def together(request: HttpRequest) -> HttpResponse:
    """Take, give back, assign or check again what was ticked; what is not possible is named, the rest is done."""
    by = person(request)
    chosen = list(islice(_ids(request.POST.getlist("draft")), MOST_AT_ONCE))
    to = User.objects.filter(pk=number(request.POST, "to") or 0).first()
    verbs: dict[str, tuple[Callable[[UUID], object], str]] = {
        "take": (lambda draft_id: claims.start(draft_id, by=by), "yours now"),
        "release": (lambda draft_id: claims.release(draft_id, by=by), "given back"),
        "recheck": (lambda draft_id: decisions.recheck(draft_id, by=by), "checked again"),
    }
    if to is not None:
        verbs["assign"] = (lambda draft_id: claims.assign(draft_id, to=to, by=by), f"assigned to {to}")
    verb, what = verbs.get(request.POST.get("action", ""), (None, ""))
    done, refused = 0, []
    for draft_id in chosen:
        try:
            if verb is not None:
                verb(draft_id)
        except ConnectorError as error:
            refused.append(error.message)
        else:
            done += 1
    if not chosen:
        messages.error(request, "Tick at least one submission first.")
    elif verb is None:
        messages.error(request, "Choose a reviewer first.")
    elif done:
        messages.success(request, f"{formatting.number(done, 'submission')}: {what}.")
    for message in list(dict.fromkeys(refused))[:3]:
        messages.error(request, message)
    return redirect(f"{reverse('queue')}?{_query(request.GET)}")


@require_POST
@reviewing()
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the address under a name."""
    name = request.POST.get("name", "").strip()[:60]
    query = _query(QueryDict(request.POST.get("query", "")[:1000]))
    if problem := naming.problem_of(name):
        messages.error(request, f"Give the view a name. {problem}")
        return redirect(f"{reverse('queue')}?{query}")
    shared = request.POST.get("shared") == "yes" and may(request.user, "review:assign")  # type: ignore[arg-type]
    SavedView.objects.update_or_create(user=person(request), name=name, defaults={"query": query, "shared": shared})
    messages.success(request, f"The view “{name}” is kept.")
    return redirect(f"{reverse('queue')}?{query}")


@require_POST
@reviewing()
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own saved view."""
    gone, _ = SavedView.objects.filter(pk=pk, user=person(request)).delete()
    if gone:
        messages.success(request, "The view is deleted.")
    else:
        messages.error(request, "The view is not yours.")
    return redirect("queue")


def _filtered(request: HttpRequest) -> QueueFilter:
    view, status = request.GET.get("view", ""), request.GET.get("status", "")
    narrowed = status or ("all" if any(request.GET.get(name) for name in ("q", "turn", "assignee")) else "")
    listed = review_queue.listed(view, status=narrowed, by=person(request), now=timezone.now())
    if request.GET.get("escalated"):
        listed = listed.exclude(closeness.members(person(request)))
    return queue_filter(request.GET, listed)


def _total(found: QueueFilter, start: int, listed: list[Round]) -> int:
    """Return how many rounds fit. Where the list ends within the page, its own length tells."""
    if len(listed) > review_queue.PAGE or (start and not listed):
        return review_queue.capped(found.qs)
    return start + len(listed)


def _query(given: QueryDict) -> str:
    """Return the parameters that narrow the queue, without the page."""
    kept = given.copy()
    for name in [name for name in kept if name not in QueueFilter.base_filters and name != "view"]:
        del kept[name]
    return kept.urlencode()


def _page(given: QueryDict) -> int:
    return min(max(whole(given.get("page")) or 1, 1), MOST_PAGES)


def _ids(texts: list[str]) -> Iterator[UUID]:
    yield from filter(None, map(identifier, texts))


def _due(row: Round) -> str:
    now = timezone.now()
    said = formatting.due_of(row, now=now, calendar=business_calendar.calendar())
    return said if overdue.is_overdue(row, now=now) else f"due {said}"
