"""The public catalog: certified Connectors, without signing in."""

from __future__ import annotations

from dataclasses import dataclass

import django_filters
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import search
from accounts.limits import searches
from accounts.requests.fields import identifier
from accounts.requests.filters import StrictFilterSet
from accounts.requests.nul import checked_by_form
from connectors.contract.fields import Lists, Page, Search
from connectors.models import Connector
from connectors.models.content import has_all
from web import facts, field_filters
from web.facts import Fact, FactKind

PER_PAGE = 24


class CatalogFilter(StrictFilterSet):
    """Search and order of the catalog, and the filters of its fields."""

    q = django_filters.CharFilter(label="Search", method="by_text", max_length=256)
    order = django_filters.OrderingFilter(
        label="Order",
        fields=(("published_at", "published"), ("name", "name")),
        choices=(("-published", "Newest"), ("name", "Name")),
        empty_label=None,
        null_label=None,
    )

    class Meta:
        model = Connector
        fields: list[str] = []

    def by_text(self, rows: QuerySet[Connector], name: str, value: str) -> QuerySet[Connector]:
        """Keep what has every word in one of the fields that this search reads, such as name and description."""
        return rows.filter(has_all(Search.CATALOG, search.words(value)))


CatalogFilter.base_filters.update(field_filters.by_field(Lists.CATALOG))


@dataclass(frozen=True)
class Card:
    """One Connector of the list."""

    connector: Connector

    @property
    def ref(self) -> str:
        """Return what its address ends in: the key where there is one."""
        return self.connector.key or str(self.connector.pk)


def public() -> QuerySet[Connector]:
    """Return what the catalog shows: certified, public, listed."""
    return Connector.objects.filter(private=False, certified=True).listed().defer("document")


@checked_by_form
@require_safe
def catalog(request: HttpRequest) -> HttpResponse:
    """Show the Connectors that a search and the filters leave."""
    searches.count(request, request.GET.get("q", ""))
    filters = CatalogFilter(request.GET, queryset=public().order_by("-published_at", "pk"))
    menus, total = field_filters.counted(Lists.CATALOG, request.GET, find=_unordered)
    pages = Paginator(filters.qs, PER_PAGE)
    # Counted with the menus: the search runs once for all numbers, and once for the page.
    pages.count = total if filters.is_valid() else 0
    page = pages.get_page(request.GET.get("page"))
    return render(
        request,
        "catalog/catalog.html",
        {
            "filters": filters,
            "page": page,
            "cards": [Card(connector) for connector in page],
            "menus": [menu for menu in menus if menu.choices],
            "filtered": any(request.GET.get(name) for name in ("q", *(menu.name for menu in menus))),
        },
    )


def _unordered(query: QueryDict) -> QuerySet[Connector]:
    rows: QuerySet[Connector] = CatalogFilter(query, queryset=public()).qs
    return rows.order_by()


@require_safe
def catalog_connector(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one Connector by key or id: a public one to anyone, a private one to its Project's members."""
    connector = find(ref, user_id=request.user.pk)
    shown = [
        *facts.of_fields(connector, Page.CONNECTOR),
        facts.repository(connector),
        Fact("Commit", connector.commit, kind=FactKind.HASH),
        Fact("ID", connector.pk, kind=FactKind.CODE),
    ]
    return render(request, "catalog/connector.html", {"connector": connector, "facts": shown})


def find(ref: str, *, user_id: int | None) -> Connector:
    """Return a Connector that this person may see, by id or key, or raise Http404. An unlisted one still answers."""
    visible = Q(private=False)
    if user_id is not None:
        visible |= Q(project__memberships__user_id=user_id)
    rows = Connector.objects.filter(visible).select_related("project").distinct()
    id = identifier(ref)
    connector = rows.filter(pk=id).first() if id else None
    connector = connector or rows.filter(key=ref).first()
    if connector is None:
        raise Http404("Connector not found.")
    return connector
