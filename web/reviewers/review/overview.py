"""The context of the review page: everything about one round."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.access.permissions import may
from accounts.models import Event, User
from certification import business_calendar, decisions, formatting, overdue
from certification.comparison import changed_files, revisions
from certification.desk import filter_form_cache, prepared_answers, presence
from certification.evidence import criteria, machine_evidence
from certification.evidence.machine_evidence import Evidence
from certification.models import Round
from certification.rounds import (
    composer,
    conversation,
    escalations,
    submissions,
    timeline,
)
from certification.rounds.abilities import Abilities, abilities
from certification.verdicts import round_facts, waiver_decisions
from validator.source import addresses
from web.reviewers.access import person
from web.reviewers.forms import (
    AssignForm,
    CommentForm,
    EscalationForm,
    NoteForm,
    PreviewForm,
    RequestForm,
    ReviewForm,
)
from web.reviewers.review.comparison import compared_ends, side_by_side
from web.reviewers.review.findings import groups, request_row

MOST_FILES = 300


def context(request: HttpRequest, row: Round, *, refused: ReviewForm | None = None) -> dict[str, Any]:
    """Return the context of the page of a round. `refused` is a refused form, with what was typed."""
    now, by = timezone.now(), person(request)
    evidence = machine_evidence.gather(row, now=now)
    shown = verdict_context(request, row, evidence=evidence, refused=refused)
    can = shown["can"]
    requests = conversation.requests_of(row)
    return {
        **shown,
        **_reasons(row),
        **_contract(row),
        **_code(request, row, evidence),
        **_forms(row, shown, refused),
        "head": head(row, evidence, by=by, now=now),
        "requests": [request_row(r, row) for r in requests],
        "results": evidence.results,
        "groups": groups(row, evidence, requests, everything=request.GET.get("findings") == "all"),
        "findings_base": evidence.base,
        "notes": row.notes.select_related("by"),
        "timeline": timeline.items(row, by=by),
        "claims_next": may(by, "review:claim") and not can.claim() and not can.decide(),
        "waiver_until": now + waiver_decisions.USUAL,
    }


def _reasons(row: Round) -> dict[str, Any]:
    """Return the submission, the conversation and the earlier rounds."""
    return {
        "submission": submissions.get(row.draft_id),
        "before": conversation.said_before(row),
        "appeal": conversation.appeal_of(row),
        "comments": row.draft.comments.select_related("author"),
        "rounds": Round.objects.filter(draft_id=row.draft_id).order_by("-number"),
        "reaches_nobody": row.is_open and row.escalated_to and not escalations.people(row).exists(),
    }


def _contract(row: Round) -> dict[str, Any]:
    """Return the impact on clients, and the configuration."""
    return {
        "impacts": round_facts.impacts(row.draft) if row.is_open else [],
        "has_production": row.draft.published is not None,
        "configurations": row.draft.configurations,
        "common": row.draft.global_configuration,
        "report": row.draft.publishing_report,
    }


def _code(request: HttpRequest, row: Round, evidence: Evidence) -> dict[str, Any]:
    """Return the files that differ, and the ends that they can be compared with."""
    compared = compared_ends(request, row)
    changes = changed_files.changes(compared, evidence=evidence)
    return {
        "compared": compared,
        "bases": revisions.bases(row, by=person(request)),
        "tag_names": revisions.tag_names(row.draft),
        "changes": changes[:MOST_FILES] if changes is not None else None,
        "more_changes": max(len(changes or ()) - MOST_FILES, 0),
        "number_of_changes": len(changes or ()),
        "split": side_by_side(request),
    }


def _forms(row: Round, shown: dict[str, Any], refused: ReviewForm | None) -> dict[str, Any]:
    """Return the forms of the page, each with unsent text, or the refused one."""
    can: Abilities = shown["can"]
    unsent = shown["unsent"]
    seen, token = last_event(row), uuid4()

    def form(kind: type[ReviewForm], **settings: Any) -> ReviewForm:
        return refused if isinstance(refused, kind) else kind(unsent=unsent, **settings)

    listed = [(one.criterion.key, one.criterion.title) for one in shown["criteria"]]
    reviewers = filter_form_cache.reviewers() if can.assign() else ()
    return {
        "seen": seen,
        "comment_form": form(CommentForm, initial={"token": token}),
        "note_form": form(NoteForm),
        "request_form": form(RequestForm, criteria=listed),
        "escalation_form": form(EscalationForm),
        "decisions": list(decisions.registered().values()),
        "decision_form": form(PreviewForm, initial={"seen": seen}),
        "assign_form": AssignForm(initial={"to": row.assignee_id}, reviewers=reviewers),
        "answers": prepared_answers.search("", most=50) if can.request_change() else (),
        "refused": refused,
        "lost": refused.text if refused is not None and not getattr(can, refused.offered)() else "",
    }


def head(row: Round, evidence: Evidence, *, by: User, now: datetime) -> dict[str, Any]:
    """Return the context of the bar at the top and of the banners."""
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
        "others": presence.others(row, by=by, now=now),
        "run": evidence.run,
        "application_count": len(row.draft.configurations),
        "secured": sum(len(c.get("securedConfiguration") or ()) for c in row.draft.configurations),
        "scopes": (row.draft.api_client or {}).get("scopes", []),
        "regions": row.draft.supported_regions,
    }


def last_event(row: Round) -> int:
    """Return the id of the last event of a round's connector, which tells later what the page knew."""
    events = Event.objects.filter(subject_type="connector", subject_id=str(row.draft_id))
    return events.order_by("-id").values_list("id", flat=True).first() or 0


def verdict_context(
    request: HttpRequest, row: Round, *, evidence: Evidence, refused: ReviewForm | None = None
) -> dict[str, Any]:
    """Return the context of the criteria, and of the parts that a verdict changes elsewhere on the page."""
    by, rows = person(request), criteria.rows_of(row, evidence)
    can = abilities(row, by, evidence=evidence, rows=rows)
    unsent = conversation.unsent_of(row, by)
    if not unsent.get("message"):
        unsent["message"] = composer.compose(row, rows)
    return {
        "round": row,
        "draft": row.draft,
        "can": can,
        "criteria": rows,
        "undecided": len(criteria.undecided(rows)),
        "obstacles": can.obstacles if can.decide() else [],
        "unsent": {**unsent, **(refused.typed() if refused is not None else {})},
        "refusals": {refused.slot_name: refused.refusals} if refused is not None else {},
        "message": unsent["message"],
    }
