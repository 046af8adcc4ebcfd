"""Everything about one round, as the review page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.access.permissions import may
from accounts.models import Event, User
from certification import business_calendar, formatting
from certification.choices import Escalation, FailReason
from certification.comparison import changed_files, revisions
from certification.desk import filter_form_cache, prepared_answers, presence
from certification.evidence import criteria, machine_evidence
from certification.evidence.machine_evidence import Evidence
from certification.models import ChangeRequest, Round, TimeLimit
from certification.rounds import closeness, composer, conversation, escalations, overdue, submissions, timeline
from certification.rounds.abilities import abilities
from certification.verdicts import round_facts, waiver_decisions
from validator.source import addresses
from web.reviewers.access import person
from web.reviewers.review.comparison import (
    compared_ends,
    side_by_side,
)
from web.reviewers.review.findings import groups, permalink

MOST_FILES = 300


def context(request: HttpRequest, row: Round, *, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the page shows of a round; `typed` is what was in a form that was refused."""
    now, by = timezone.now(), person(request)
    evidence = machine_evidence.gather(row, now=now)
    sheet = verdict_context(request, row, evidence=evidence, typed=typed)
    can = sheet["can"]
    compared = compared_ends(request, row)
    changes = changed_files.changes(compared, evidence=evidence, internal=can.internal)
    impacts = round_facts.impacts(row.draft) if row.is_open else []
    requests = conversation.requests_of(row, internal=can.internal)
    return {
        **sheet,
        "head": head(row, evidence, by=by, now=now),
        "submission": submissions.get(row.draft_id),
        "requests": [request_row(r, row) for r in requests],
        "before": conversation.said_before(row),
        "appeal": conversation.appeal_of(row),
        "results": evidence.results,
        "report": row.draft.publishing_report,
        "groups": groups(
            row, evidence, requests, everything=request.GET.get("findings") == "all", internal=can.internal
        ),
        "findings_base": evidence.base,
        "impacts": impacts,
        "has_production": row.draft.published is not None,
        "configurations": row.draft.configurations,
        "common": row.draft.global_configuration,
        "compared": compared,
        "bases": revisions.bases(row, by=by),
        "tag_names": revisions.tag_names(row.draft),
        "changes": changes[:MOST_FILES] if changes is not None else None,
        "more_changes": max(len(changes or ()) - MOST_FILES, 0),
        "number_of_changes": len(changes or ()),
        "split": side_by_side(request),
        "comments": row.draft.comments.select_related("author"),
        "notes": row.notes.select_related("by") if can.internal else (),
        "timeline": timeline.items(row, by=by),
        "rounds": Round.objects.filter(draft_id=row.draft_id).order_by("-number"),
        "takes_next": may(by, "review:claim") and not can.take() and not can.decide(),
        "fail_reasons": FailReason.choices,
        "reaches_nobody": row.is_open and row.escalated_to and not escalations.people(row).exists(),
        "escalations": [choice for choice in Escalation.choices if choice[0]],
        "reviewers": filter_form_cache.reviewers() if can.assign() else (),
        "answers": prepared_answers.search("", most=50) if can.request_change() else (),
        "usual_days": business_calendar.calendar().days(TimeLimit.For.CHANGES).days,
        "seen": last_event(row),
        "token": uuid4(),
        "waiver_until": now + waiver_decisions.USUAL,
    }


def head(row: Round, evidence: Evidence, *, by: User, now: datetime) -> dict[str, Any]:
    """Return what stands in the bar at the top, and the banners that are true now."""
    calendar = business_calendar.calendar()
    try:
        page = addresses.web_url(row.draft.repository_url, allowed_hosts=settings.GIT_HOSTS)
    except ValueError:
        page = ""
    return {
        "due": formatting.due_of(row, now=now, calendar=calendar),
        "overdue": overdue.is_overdue(row, now=now),
        "past": business_calendar.is_past(row.due_at, now=now),
        "in_turn": formatting.span(calendar.between(row.turn_since, now)) if row.is_open else "",
        "commit_link": f"{page}/tree/{row.commit}" if page and row.commit else "",
        "moved_to": evidence.moved_to,
        "rechecking": evidence.rechecking,
        "tag_problem": evidence.tag_problem,
        "did_not_run": evidence.did_not_run if row.is_open else (),
        "others": others(row, by=by, now=now),
        "run": evidence.run,
        "application_count": len(row.draft.configurations),
        "secured": sum(len(c.get("securedConfiguration") or ()) for c in row.draft.configurations),
        "scopes": (row.draft.api_client or {}).get("scopes", []),
        "regions": row.draft.supported_regions,
    }


def last_event(row: Round) -> int:
    """Return the id of the last event of a round's connector: what a page knows when it is drawn."""
    events = Event.objects.filter(subject_type="connector", subject_id=str(row.draft_id))
    return events.order_by("-id").values_list("id", flat=True).first() or 0


def verdict_context(
    request: HttpRequest, row: Round, *, evidence: Evidence, typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what the page shows of the criteria, and what a verdict changes elsewhere on it."""
    by, rows = person(request), criteria.sheet(row, evidence)
    can = abilities(row, by, evidence=evidence, rows=rows)
    if not can.internal:
        rows = [replace(one, verdict=None) for one in rows if one.criterion.active]
    unsent = {**conversation.unsent_of(row, by), **(typed or {})}
    return {
        "round": row,
        "draft": row.draft,
        "can": can,
        "criteria": rows,
        "undecided": len(criteria.undecided(rows)) if can.internal else 0,
        "obstacles": can.obstacles if can.decide() else [],
        "unsent": unsent,
        "message": unsent.get("message") or composer.compose(row, rows),
    }


def others(row: Round, *, by: User, now: datetime) -> list[str]:
    return [] if closeness.is_member(row, by) else presence.others(row, by=by, now=now)


@dataclass(frozen=True)
class RequestRow:
    """A request for a change, with the commits that touched its file."""

    request: ChangeRequest
    touches: tuple[tuple[int, str, str], ...]


def request_row(request: ChangeRequest, row: Round) -> RequestRow:
    return RequestRow(
        request,
        tuple(
            (t.round.number, t.commit[:10], permalink(row, request.path, request.line, commit=t.commit))
            for t in request.touches.all()
        ),
    )
