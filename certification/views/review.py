"""The review page: everything about one round on one page."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import may
from certification import guards, timeline
from certification.choices import FailReason
from certification.models import Round
from certification.views.access import find, person, reviewing
from connectors.choices import ConnectorStatus


@require_safe
@reviewing()
def show(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show the open round of a connector, or the one that `?round=` names."""
    number = request.GET.get("round", "")
    row = find(draft_id, number=int(number) if number.isdigit() else None)
    return render(request, "certification/review.html", context(request, row))


def context(request: HttpRequest, row: Round) -> dict[str, object]:
    """Return what the page shows of a round."""
    by = person(request)
    not_yours = guards.why_not_yours(row, by)
    acts = row.is_open and not not_yours and may(by, "review:claim")
    mine = acts and row.assignee_id == by.pk
    return {
        "round": row,
        "draft": row.draft,
        "rounds": row.draft.rounds.order_by("-number"),
        "results": row.run.results.all() if row.run else [],
        "findings": row.run.findings.all() if row.run else [],
        "comments": row.draft.comments.select_related("author"),
        "timeline": timeline.of(row),
        "not_yours": not_yours,
        "can_comment": acts,
        "can_start": acts
        and row.assignee_id in (None, by.pk)
        and not (mine and row.status == ConnectorStatus.IN_CERTIFICATION),
        "can_decide": mine and row.status == ConnectorStatus.IN_CERTIFICATION,
        "reasons": FailReason.choices,
        "token": uuid4(),
    }
