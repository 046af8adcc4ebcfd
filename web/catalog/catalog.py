"""The public catalog: certified Connectors, without signing in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import django_filters
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import search
from accounts.requests.fields import identifier
from accounts.requests.nul import checked_by_form
from connectors.choices import IntegrationType, mask_of
from connectors.contract.fields import Search
from connectors.models import Connector
from connectors.models.content import contains
from validator.source import addresses

PER_PAGE = 24


class CatalogFilter(django_filters.FilterSet):
    """Search, integration type, region and order of the catalog."""

    q = django_filters.CharFilter(label="Search", method="by_text", max_length=256)
    type = django_filters.MultipleChoiceFilter(
        label="Integration type", method="by_type", choices=IntegrationType.choices
    )
    region = django_filters.MultipleChoiceFilter(label="Region", method="by_region", choices=())
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["region"].extra["choices"] = [(region, region) for region in settings.REGIONS]

    def by_text(self, rows: QuerySet[Connector], name: str, value: str) -> QuerySet[Connector]:
        """Keep what has every word in one of the fields that this search reads, such as name and description."""
        for word in search.words(value):
            rows = rows.filter(contains(Search.CATALOG, word))
        return rows

    def by_type(self, rows: QuerySet[Connector], name: str, value: list[str]) -> QuerySet[Connector]:
        """Keep what has any of the types."""
        if not value:
            return rows
        return rows.alias(wanted=F("integration_mask").bitand(mask_of(value))).filter(wanted__gt=0)

    def by_region(self, rows: QuerySet[Connector], name: str, value: list[str]) -> QuerySet[Connector]:
        """Keep what can be deployed in any of the regions: what names it, and what names none."""
        if not value:
            return rows
        wanted = Q(regions_text="[]")
        for region in value:
            wanted |= Q(regions_text__contains=f'"{region}"')
        return rows.alias(regions_text=Cast("supported_regions", TextField())).filter(wanted)


@dataclass(frozen=True)
class Facet:
    """One value to filter by, with how many Connectors there are when only the other filters hold."""

    value: str
    label: str
    count: int
    checked: bool


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
    """Show the Connectors that a search and the facets leave."""
    filters = CatalogFilter(request.GET, queryset=public().order_by("-published_at", "pk"))
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "catalog/catalog.html",
        {
            "filters": filters,
            "page": page,
            "cards": [Card(connector) for connector in page],
            "types": type_facets(_without(request, "type"), checked=request.GET.getlist("type")),
            "regions": region_facets(_without(request, "region"), checked=request.GET.getlist("region")),
            "filtered": any(request.GET.get(name) for name in ("q", "type", "region")),
        },
    )


def _without(request: HttpRequest, name: str) -> QuerySet[Connector]:
    """Return what all filters but one leave."""
    query = request.GET.copy()
    query.pop(name, None)
    rows: QuerySet[Connector] = CatalogFilter(query, queryset=public()).qs
    return rows.order_by()


def type_facets(rows: QuerySet[Connector], *, checked: Iterable[str]) -> list[Facet]:
    """Count by integration type, in one query over the few combinations that occur."""
    counts: Counter[str] = Counter()
    for mask, number in rows.values_list("integration_mask").annotate(number=Count("pk")):
        for value in IntegrationType.values:
            if mask & mask_of([value]):
                counts[value] += number
    return _facets(IntegrationType.choices, counts=counts, checked=set(checked))


def region_facets(rows: QuerySet[Connector], *, checked: Iterable[str]) -> list[Facet]:
    """Count by region, in one query over the few combinations that occur; what names none can be deployed in all."""
    counts: Counter[str] = Counter()
    grouped = rows.annotate(regions_text=Cast("supported_regions", TextField())).values_list("regions_text")
    for text, number in grouped.annotate(number=Count("pk")):
        for region in settings.REGIONS:
            if text == "[]" or f'"{region}"' in text:
                counts[region] += number
    return _facets([(region, region) for region in settings.REGIONS], counts=counts, checked=set(checked))


def _facets(choices: Iterable[tuple[str, str]], *, counts: Counter[str], checked: set[str]) -> list[Facet]:
    rows = [Facet(value, str(label), counts[value], value in checked) for value, label in choices]
    return [facet for facet in rows if facet.count or facet.checked]


@require_safe
def catalog_connector(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one Connector by key or id: a public one to anyone, a private one to its Project's members."""
    connector = find(ref, user_id=request.user.pk)
    try:
        repository = addresses.web_url(connector.repository_url, allowed_hosts=settings.GIT_HOSTS)
    except ValueError:
        repository = ""
    return render(
        request,
        "catalog/connector.html",
        {"connector": connector, "card": Card(connector), "repository_page": repository},
    )


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
