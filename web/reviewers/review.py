"""The review page: everything about one round on one page, the first screen without anything heavy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access.roles import may
from accounts.models import Event, User
from accounts.requests.fields import INTEGER, whole
from certification import formatting
from certification.choices import Escalation, FailReason, Turn
from certification.comparison import changed_files, package_changes, readme, revisions, tag_fetches
from certification.desk import claims, filter_form_cache, prepared_answers, presence
from certification.evidence import criteria, machine_evidence
from certification.evidence.machine_evidence import Evidence, Seen, Since
from certification.models import ChangeRequest, Round, TimeLimit
from certification.rounds import (
    approvals,
    business_calendar,
    composer,
    conversation,
    decisions,
    escalations,
    guards,
    overdue,
    submissions,
    timeline,
)
from certification.verdicts import round_facts, waiver_decisions
from connectors.models import Waiver
from connectors.runs import waived_findings
from validator.source import addresses
from web.account.theme import YEAR
from web.reviewers.access import P, View, find, person, reviewing

MOST_FINDINGS = 40
MOST_FILES = 300
MOST_TAG = 256
WAYS = ("unified", "split")
"""How a difference may be drawn; `view` in the address says which, else the cookie."""
COOKIE = "difference"
GROUPS = ((Since.NEW, "New"), (Since.STILL, "Still there"), (Since.WAIVED, "Waived"), (Since.FIXED, "Fixed"))


@dataclass(frozen=True)
class FindingRow:
    """A finding with its permalink at the commit, waivers that were proposed for it, and the request for its fix."""

    seen: Seen
    link: str
    place: str
    proposed: tuple[Waiver, ...]
    requested: ChangeRequest | None


@dataclass(frozen=True)
class Group:
    """Findings that stand alike."""

    label: str
    number: int
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True)
class RequestRow:
    """A request for a change, with the commits that touched its file."""

    request: ChangeRequest
    touches: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class Can:
    """What this person could do now."""

    act: bool
    start: bool
    release: bool
    assign: bool
    comment: bool
    decide: bool
    internal: bool
    fetch: bool
    note: bool
    recheck: bool
    reveal: bool
    waive: bool
    approve_waiver: bool
    set_deadline: bool
    next: bool


def remembering_view(view: View[P]) -> View[P]:
    """Keep in a cookie how somebody wants to see differences, when the address says it: they want it next time, too."""

    @wraps(view)
    def remembered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if (chosen := request.GET.get("view")) in WAYS:
            response.set_cookie(COOKIE, chosen, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.HTTPS)
        return response

    return cast("View[P]", remembered)


@require_safe
@reviewing()
@remembering_view
def show(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show the open round of a connector, or the one that `?round=` names."""
    row = find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))
    presence.note(row, by=person(request), now=timezone.now())
    return render(request, "reviewers/review.html", context(request, row))


def context(request: HttpRequest, row: Round, *, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the page shows of a round; `typed` is what was in a form that was refused."""
    now, by = timezone.now(), person(request)
    evidence = machine_evidence.gather(row, now=now)
    sheet = verdict_context(request, row, evidence=evidence, typed=typed)
    can = sheet["can"]
    compared = _compared(request, row)
    changes = changed_files.changes(compared, evidence=evidence, internal=can.internal)
    impacts = round_facts.impacts(row.draft) if row.is_open else []
    requests = conversation.requests_of(row, internal=can.internal)
    return {
        **sheet,
        "not_yours": guards.why_not_yours(row, by),
        "head": head(row, evidence, by=by, now=now),
        "submission": submissions.get(row.draft_id),
        "submission_is_open": _credentials_open(row, now),
        "requests": [_request(r, row) for r in requests],
        "before": conversation.said_before(row),
        "appeal": conversation.appeal_of(row),
        "results": evidence.results,
        "report": row.draft.publishing_report,
        "groups": _groups(
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
        "split": _side_by_side(request),
        "comments": row.draft.comments.select_related("author"),
        "notes": row.notes.select_related("by") if can.internal else (),
        "timeline": timeline.items(row, by=by),
        "rounds": Round.objects.filter(draft_id=row.draft_id).order_by("-number"),
        "signs_first": can.decide and approvals.needs_another(row, by),
        "signed": row.is_open and approvals.has_signed(row, by),
        "fail_reasons": FailReason.choices,
        "reaches_nobody": row.is_open and row.escalated_to and not escalations.people(row).exists(),
        "escalations": [choice for choice in Escalation.choices if choice[0]],
        "reviewers": filter_form_cache.reviewers() if can.assign else (),
        "answers": prepared_answers.search("", most=50) if can.act else (),
        "usual_days": business_calendar.calendar().days(TimeLimit.For.CHANGES).days,
        "seen": last_event(row),
        "token": uuid4(),
        "waiver_until": now + waiver_decisions.USUAL,
    }


def verdict_context(
    request: HttpRequest, row: Round, *, evidence: Evidence, typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what the page shows of the criteria, and what a verdict changes elsewhere on it."""
    by = person(request)
    rows, can = criteria.sheet(row, evidence), possible(row, by)
    if not can.internal:
        rows = [replace(one, verdict=None) for one in rows if one.criterion.active]
    unsent = {**conversation.unsent_of(row, by), **(typed or {})}
    return {
        "round": row,
        "draft": row.draft,
        "can": can,
        "criteria": rows,
        "undecided": len(criteria.undecided(rows)) if can.internal else 0,
        "clean": sum(1 for r in rows if r.verdict is None and r.clean),
        "obstacles": guards.obstacles(row, evidence, rows, tag_commit=None, by=by) if can.decide else [],
        "unsent": unsent,
        "message": unsent.get("message") or composer.compose(row, rows),
    }


def possible(row: Round, by: User) -> Can:
    """Return what role, round and turn allow this person."""
    own = guards.why_not_yours(row, by)
    inside = bool(own) and guards.is_member(row, by)
    acts = row.is_open and not own and may(by, "review:claim")
    mine = row.assignee_id == by.pk
    lead = may(by, "review:assign")
    start = row.is_open and claims.why_not_start(row, by) is None
    decide = row.is_open and row.turn == Turn.REVIEWER and not guards.why_not_decide(row, by)
    return Can(
        act=acts,
        start=start,
        release=row.is_open
        and row.assignee_id is not None
        and (mine or (lead and not inside))
        and may(by, "review:claim"),
        assign=row.is_open and lead and not inside,
        comment=acts and not row.draft.refusal_of_comment(),
        decide=decide,
        internal=not inside,
        fetch=not inside and may(by, "review:rerun"),
        note=row.is_open and not inside and may(by, "review:comment"),
        recheck=row.is_open and not inside and may(by, "review:rerun"),
        reveal=acts and may(by, "review:reveal-credentials"),
        waive=acts and may(by, "waiver:propose"),
        approve_waiver=acts and may(by, "waiver:approve"),
        set_deadline=decisions.may_set_deadline(by),
        next=may(by, "review:claim") and not start and not decide,
    )


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
        "others": _others(row, by=by, now=now),
        "run": evidence.run,
        "application_count": len(row.draft.configurations),
        "secured": sum(len(c.get("securedConfiguration") or ()) for c in row.draft.configurations),
        "scopes": (row.draft.api_client or {}).get("scopes", []),
        "regions": row.draft.supported_regions,
    }


@require_safe
@reviewing()
@remembering_view
def files(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show what differs between any two ends on a page of its own: packages, then the whole list of files.

    What is not kept yet can be fetched here; as a part, the page is asked for until that is done.
    """
    row = find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))
    evidence = machine_evidence.gather(row, now=timezone.now())
    compared, can = _compared(request, row), possible(row, person(request))
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
            "can_fetch": can.fetch,
            "changes": changes,
            "number_of_changes": len(changes or ()),
            "lock_files": package_changes.lock_files(compared, evidence=evidence, everything=True),
            "split": _side_by_side(request),
        },
    )


@require_safe
@reviewing()
def packages(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show what changed in the lock files: alone, or as the part of the page that asks for it."""
    row = find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))
    compared = _compared(request, row)
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


def file_context(
    request: HttpRequest, row: Round, *, path: str, typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what is shown of one file; Http404 for one that neither changed nor was spoken of."""
    evidence = machine_evidence.gather(row, now=timezone.now())
    compared = _compared(request, row)
    by = person(request)
    line, can = whole(request.GET.get("line"), largest=INTEGER), possible(row, by)
    changes = changed_files.changes(compared, evidence=evidence, internal=can.internal) or []
    change = next((c for c in changes if c.path == path), None)
    if change is None:
        raise Http404("This file is not part of the difference.")
    speaks = can.act and compared.is_of_round
    split = _side_by_side(request)
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
        "link": _permalink(row, path, None, commit=compared.head.commit),
        "split": split,
        "line": line,
        "can": can,
        "speaks": speaks,
        "file_url": address if speaks else "",
        "alone": address,
        "unsent": {**conversation.unsent_of(row, by), **(typed or {})},
        "slot": conversation.slot_of(path, line),
    }


@require_safe
@reviewing()
def documentation(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Show documentation and licence: alone, or as the part of the page that asks for it."""
    row = find(draft_id, number=whole(request.GET.get("round"), largest=INTEGER))
    part = "HX-Request" in request.headers
    template = "reviewers/_documents.html" if part else "reviewers/documents.html"
    return render(request, template, {"round": row, "draft": row.draft, "documents": readme.documents(row)})


@require_safe
@reviewing()
def answers(request: HttpRequest) -> HttpResponse:
    """Show the prepared answers that fit some words."""
    found = prepared_answers.search(request.GET.get("q", "")[:200])
    return render(request, "reviewers/_prepared_answers.html", {"answers": found})


@require_safe
@reviewing()
def here(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Take down that the page is still open, and say who else has it open."""
    row, now = find(draft_id), timezone.now()
    presence.note(row, by=person(request), now=now)
    return render(
        request,
        "reviewers/_viewers.html",
        {
            "others": _others(row, by=person(request), now=now),
            "news": guards.news(row, person(request), last_event_id=whole(request.GET.get("seen"))),
        },
    )


def wants_part(request: HttpRequest) -> bool:
    """Tell whether script asks for a part of the page instead of a way back to it."""
    return request.headers.get("X-Requested-With") == "fetch"


def last_event(row: Round) -> int:
    """Return the id of the last event of a round's connector: what a page knows when it is drawn."""
    events = Event.objects.filter(subject_type="connector", subject_id=str(row.draft_id))
    return events.order_by("-id").values_list("id", flat=True).first() or 0


def _others(row: Round, *, by: User, now: datetime) -> list[str]:
    return [] if guards.is_member(row, by) else presence.others(row, by=by, now=now)


def _groups(
    row: Round, evidence: Evidence, requests: Iterable[ChangeRequest], *, everything: bool, internal: bool
) -> list[Group]:
    asked = {r.fingerprint: r for r in requests if r.fingerprint and r.state in ChangeRequest.UNSETTLED}
    proposed = list(row.draft.waivers.filter(approved_at=None, revoked_at=None)) if internal else []
    groups = []
    for since, label in GROUPS:
        found = evidence.group(since)
        listed = found if everything else found[:MOST_FINDINGS]
        groups.append(Group(label, len(found), tuple(_finding(s, row, proposed, asked) for s in listed)))
    return groups


def _finding(seen: Seen, row: Round, proposed: Iterable[Waiver], asked: Mapping[str, ChangeRequest]) -> FindingRow:
    finding = seen.finding
    place = f"{finding.path}:{finding.line}" if finding.path and finding.line else finding.path
    return FindingRow(
        seen=seen,
        link=_permalink(row, finding.path, finding.line) if finding.path else "",
        place=place or finding.package,
        proposed=tuple(w for w in proposed if waived_findings.covers(w, finding)),
        requested=asked.get(finding.fingerprint),
    )


def _permalink(row: Round, path: str, line: int | None, *, commit: str = "") -> str:
    commit = commit or row.commit
    if not commit:
        return ""
    try:
        return addresses.permalink(
            row.draft.repository_url, commit=commit, path=path, line=line, allowed_hosts=settings.GIT_HOSTS
        )
    except ValueError:
        return ""


def _request(request: ChangeRequest, row: Round) -> RequestRow:
    return RequestRow(
        request,
        tuple(
            (t.round.number, t.commit[:10], _permalink(row, request.path, request.line, commit=t.commit))
            for t in request.touches.all()
        ),
    )


def _side_by_side(request: HttpRequest) -> bool:
    chosen = request.GET.get("view")
    return (chosen if chosen in WAYS else request.COOKIES.get(COOKIE)) == "split"


def _compared(request: HttpRequest, row: Round) -> revisions.Comparison:
    """Return the comparison that the address asks for; `from` and `to` are tags as somebody typed them."""
    names = {}
    for end, field in (("base", "from"), ("head", "to")):
        tag = request.GET.get(field, "").strip()[:MOST_TAG]
        names[end] = revisions.TAG + tag if tag else request.GET.get(end, "")
    return revisions.compare(row, **names, by=person(request))


def _credentials_open(row: Round, now: datetime) -> bool:
    found = submissions.get(row.draft_id)
    return found is not None and bool(found.credentials) and (found.credentials_expire_at or now) > now
