"""Filters that the API and the pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import F, Model, Q, QuerySet
from django.http import QueryDict

from connectors import payloads
from connectors.choices import IntegrationType, mask_of
from connectors.errors import InvalidQueryParam, Problem
from connectors.models import Connector, ConnectorStaged


class Truth(django_filters.TypedChoiceFilter):
    """`true` or `false`, nothing else."""

    def __init__(self, **kwargs: Any) -> None:
        choices = (("true", "true"), ("false", "false"))
        super().__init__(choices=choices, coerce=lambda value: value == "true", **kwargs)


class AnyIntegrationType(django_filters.MultipleChoiceFilter):
    """Repeatable; keeps what has any of the given types."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=IntegrationType.choices, **kwargs)

    def filter(self, qs: QuerySet[Model], value: list[str]) -> QuerySet[Model]:
        """Compare the bits of the types."""
        if not value:
            return qs
        return qs.alias(wanted=F("integration_mask").bitand(mask_of(value))).filter(wanted__gt=0)


def _uuid(value: str) -> str | None:
    try:
        UUID(value)
    except ValueError:
        return "Expected a UUID."
    return None


class SeveralField(forms.MultipleChoiceField):
    """Every value of a repeated parameter, each checked by a rule."""

    def __init__(self, *, check: Callable[[str], str | None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check

    def validate(self, value: list[str]) -> None:
        """Raise ValidationError with the first problem."""
        for item in value:
            if problem := self.check(item):
                raise forms.ValidationError(problem)


class Several(django_filters.MultipleChoiceFilter):
    """Repeatable; keeps what has any of the given values."""

    field_class = SeveralField

    def filter(self, qs: QuerySet[Model], value: list[str]) -> QuerySet[Model]:
        """Compare the column with all of them at once."""
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class StagedFilter(django_filters.FilterSet):
    """The query parameters of `GET /connectors/drafts` beside the page."""

    isPrivate = Truth(field_name="private")
    integrationTypes = AnyIntegrationType()

    class Meta:
        model = ConnectorStaged
        fields: list[str] = []


class ConnectorFilter(django_filters.FilterSet):
    """The query parameters of `GET /connectors/search` beside the page."""

    text = django_filters.CharFilter(method="by_text", max_length=256)
    creator_company = django_filters.CharFilter(field_name="creator_company", lookup_expr="iexact", max_length=256)
    id = Several(field_name="pk", check=_uuid)
    key = Several(field_name="key", check=payloads.wrong_key)
    integrationTypes = AnyIntegrationType()
    private = Truth(field_name="private")

    class Meta:
        model = Connector
        fields: list[str] = []

    def by_text(self, rows: QuerySet[Connector], name: str, value: str) -> QuerySet[Connector]:
        """Keep what has every word in name or description."""
        for word in value.split():
            rows = rows.filter(Q(name__icontains=word) | Q(description__icontains=word))
        return rows


ConnectorFilter.base_filters["creator.company"] = ConnectorFilter.base_filters.pop("creator_company")


def apply(filters: type[django_filters.FilterSet], query: QueryDict, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows that the query asks for, or raise InvalidQueryParam with every problem."""
    form = filters(query, queryset=rows)
    if not form.is_valid():
        raise InvalidQueryParam(
            [Problem(name, str(message)) for name, messages in form.errors.items() for message in messages]
        )
    return form.qs
