"""The page of one draft: whose turn it is, what the checks say, the conversation, and what can be done."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from certification.rounds.developer_abilities import DeveloperAbilities, developer_abilities
from connectors.contract.fields import Page
from connectors.drafts import next_step, update, upgrade_impact
from connectors.errors import ConnectorError, InvalidJsonInput
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs
from web import facts
from web.developers import access, checks, review_summary
from web.developers.access import Seat
from web.developers.checks import RunPanel
from web.developers.connector_form import CommentForm
from web.developers.review_forms import DoneForm, numbered
from web.facts import Fact, FactKind
from web.requests import SignedInRequest, require_POST

RUNS_SHOWN = 10


def choices(seat: Seat) -> DeveloperAbilities:
    """Return what status and role allow."""
    return developer_abilities(seat.draft, by=seat.actor, role=seat.ability("connector:write"))


def latest_run(draft: ConnectorStaged) -> ValidationRun | None:
    """Return the run that the page opens with: the newest that was not superseded."""
    return draft.runs.exclude(state=ValidationRun.State.SUPERSEDED).first()


def tags_of_reports(draft: ConnectorStaged) -> dict[str, str]:
    """Return the tags that the two reports are about, which may not be the one that the draft has now."""
    kinds = {"report_tag": ValidationRun.Kind.PUBLISH, "preview_tag": ValidationRun.Kind.PREVIEW}
    found = {name: runs.newest(draft, kind=kind) for name, kind in kinds.items()}
    return {name: run.tag if run else "" for name, run in found.items()}


def impacts(draft: ConnectorStaged) -> list[upgrade_impact.Impact]:
    """Return what publishing would mean for those who run the published version."""
    if draft.published is None or not draft.has_changes:
        return []
    return upgrade_impact.compare(draft.published.content(), draft.content())


def facts_of(draft: ConnectorStaged) -> list[Fact]:
    """Return the pairs beside the page: the fields, and what only a draft has."""
    among = ", ".join(draft.private_projects) or "Your Project only"
    return [
        facts.repository(draft),
        Fact("Creator", draft.creator or draft.creator_email),
        *facts.of_fields(draft, Page.DRAFT),
        Fact("Visible to", among if draft.private else "Everyone"),
        Fact("Preview", draft.get_is_previewable_display()),
        Fact("Version", draft.version),
        Fact("ID", draft.id, kind=FactKind.CODE),
    ]


def show(
    request: SignedInRequest,
    seat: Seat,
    *,
    comment_form: CommentForm | None = None,
    done_form: DoneForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the page; a form that is given was refused, and stays as it was typed."""
    draft, writes = seat.draft, seat.may("connector:write")
    review = review_summary.summarize(draft, by=seat.actor, writes=writes)
    context = {
        "draft": draft,
        "project": draft.project,
        "turn": next_step.AGAIN if runs.broke(draft) else review.turn or next_step.in_full(draft),
        "writes": writes,
        "review": review,
        "tasks": numbered(review.tasks, refused=done_form),
        "impacts": impacts(draft),
        "can": choices(seat),
        "comments": draft.comments.all(),
        "comment_form": comment_form or CommentForm(),
        "facts": facts_of(draft),
        "certification_user": settings.CERTIFICATION_USER_ID,
    }
    return render(request, "developers/draft.html", {**context, **_runs(draft)}, status=status)


def _runs(draft: ConnectorStaged) -> dict[str, object]:
    """Return what the page shows of the runs and their reports."""
    run = latest_run(draft)
    return {
        "panel": checks.panel(run) if run else None,
        "runs": draft.runs.all()[:RUNS_SHOWN],
        "preview_broke": runs.preview_broke(draft),
        **tags_of_reports(draft),
    }


@login_required
@require_safe
def draft(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Show the page."""
    return show(request, access.find(request.user, id))


@login_required
@require_safe
def draft_checks(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Show the checks alone, for the page that follows them; the whole page is loaded again when they end."""
    seat = access.find(request.user, id)
    run = latest_run(seat.draft)
    panel: RunPanel | None = checks.panel(run) if run else None
    response = render(request, "developers/_checks.html", {"draft": seat.draft, "panel": panel, "live": True})
    if panel is None or not panel.is_open:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_safe
def run(request: SignedInRequest, id: UUID, run_id: UUID) -> HttpResponse:
    """Show one run of the past."""
    seat = access.find(request.user, id)
    row = get_object_or_404(seat.draft.runs, pk=run_id)
    shown = [
        Fact("Requested by", row.requested_by),
        Fact("Repository", row.url),
        Fact("Attempts", row.attempt),
        Fact("Rule pack", row.rule_pack, kind=FactKind.HASH),
        *(Fact(name, version) for name, version in row.tools.items()),
    ]
    context = {"draft": seat.draft, "project": seat.draft.project, "panel": checks.panel(row), "run": row}
    return render(request, "developers/run.html", {**context, "facts": shown})


@login_required
@require_POST
def comment(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Add a comment to the certification's conversation."""
    seat = access.find(request.user, id, action="connector:write")
    form = CommentForm(request.POST)
    if not form.is_valid():
        return show(request, seat, comment_form=form, status=422)
    try:
        update.apply(
            seat.lookup,
            version=seat.draft.version,
            requested=[{"action": "addCertificationComment", "comment": form.cleaned_data["comment"]}],
            by=seat.actor,
        )
    except ConnectorError as error:
        problems = error.problems if isinstance(error, InvalidJsonInput) else (error,)
        form.add_error("comment", [problem.message for problem in problems])
        return show(request, access.find(request.user, id), comment_form=form, status=422)
    return redirect(reverse("draft", args=[id]) + "#conversation")
