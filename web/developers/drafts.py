"""The list of drafts of all Projects that somebody belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import django_filters
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access.permissions import may_in_project
from accounts.limits import searches
from accounts.models import Membership, Project
from accounts.projects import memberships
from accounts.requests.filters import StrictFilterSet
from accounts.requests.nul import checked_by_form
from certification.rounds import next_step as review_step
from connectors.choices import ConnectorStatus
from connectors.contract.fields import Lists
from connectors.drafts import next_step
from connectors.drafts.next_step import NextStep, Who
from connectors.models import ConnectorStaged
from web import field_filters
from web.requests import SignedInRequest

PER_PAGE = 25


def own_projects(request: Any) -> QuerySet[Project]:
    """Return the Projects that the filter offers."""
    return Project.objects.filter(memberships__user=request.user)


class DraftFilter(StrictFilterSet):
    """Search, Project, status and order of the list, and the filters of its fields."""

    q = django_filters.CharFilter(label="Search", method="by_text", max_length=256)
    project = django_filters.ModelChoiceFilter(
        label="Project", queryset=own_projects, to_field_name="key", empty_label="All Projects"
    )
    status = django_filters.ChoiceFilter(label="Status", choices=ConnectorStatus.choices, empty_label="Any status")
    turn = django_filters.ChoiceFilter(
        label="Whose turn",
        method="by_turn",
        choices=(("developer", "Developers"), ("reviewer", "Reviewers"), ("system", "Checks")),
        empty_label="Anyone",
    )
    order = django_filters.OrderingFilter(
        label="Order",
        fields=(("last_modified_at", "changed"), ("created_at", "created"), ("name", "name"), ("status", "status")),
        choices=(
            ("-changed", "Last changed"),
            ("-created", "Newest"),
            ("created", "Oldest"),
            ("name", "Name"),
            ("status", "Status"),
        ),
        empty_label=None,
        null_label=None,
    )

    class Meta:
        model = ConnectorStaged
        fields: list[str] = []

    def by_text(self, rows: QuerySet[ConnectorStaged], name: str, value: str) -> QuerySet[ConnectorStaged]:
        """Search name, key and repository."""
        return rows.search(value)  # type: ignore[attr-defined,no-any-return]

    def by_turn(self, rows: QuerySet[ConnectorStaged], name: str, value: str) -> QuerySet[ConnectorStaged]:
        """Keep those that wait for the developers, the reviewers or the checks."""
        reviewed = Q(status__in=(ConnectorStatus.READY_FOR_CERTIFICATION, ConnectorStatus.IN_CERTIFICATION))
        ours = reviewed & review_step.waits_for_developer()
        match value:
            case "developer":
                return rows.filter(Q(status__in=(ConnectorStatus.DRAFT, ConnectorStatus.FAILED)) | ours)
            case "reviewer":
                return rows.filter(reviewed).exclude(ours)
            case _:
                return rows.filter(status=ConnectorStatus.PROCESSING)


DraftFilter.base_filters.update(field_filters.by_field(Lists.DRAFTS))


@dataclass(frozen=True)
class DraftRow:
    """One line of the list."""

    draft: ConnectorStaged
    turn: NextStep
    writes: bool
    """Whether the reader may change the draft."""

    @property
    def mine(self) -> bool:
        """Whether the reader is to act."""
        return self.writes and self.turn.who is Who.DEVELOPER


@checked_by_form
@login_required
@require_safe
def drafts(request: SignedInRequest) -> HttpResponse:
    """Show the drafts, filtered, ordered and in pages."""
    searches.count(request, request.GET.get("q", ""))
    members = list(Membership.objects.filter(user=request.user).select_related("project"))
    own = ConnectorStaged.objects.of_member(request.user.pk).select_related("project", "production").defer("document")
    filters = DraftFilter(request.GET, queryset=own.order_by("-last_modified_at", "id"), request=request)
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    reviewed = review_step.for_drafts(page)
    writable = {member.project_id for member in members if may_in_project(member.role, "connector:write")}
    return render(
        request,
        "developers/drafts.html",
        {
            "filters": filters,
            "menus": field_filters.menus(Lists.DRAFTS, request.GET),
            "page": page,
            "rows": [
                DraftRow(draft, reviewed.get(draft.pk) or next_step.for_draft(draft), draft.project_id in writable)
                for draft in page
            ],
            "filtered": any(value for name, value in request.GET.items() if name not in {"page", "order"}),
            "has_projects": bool(members),
            "invitations": [] if members else memberships.offered_to(request.user),
            "may_create": bool(writable),
        },
    )
