"""The filters of the API's lists: validate query parameters and turn them into conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.http import QueryDict

from accounts.requests.fields import identifier
from connectors.choices import IntegrationType, mask_of
from connectors.contract import request_fields
from connectors.errors import InvalidQueryParam, Problem
from connectors.models import Connector, ConnectorStaged
from connectors.store import search_index, sql_conditions
from connectors.store.sql_conditions import Selection


class Truth(django_filters.TypedChoiceFilter):
    """`true` or `false`, nothing else; keeps rows with that value."""

    def __init__(self, **kwargs: Any) -> None:
        choices = (("true", "true"), ("false", "false"))
        super().__init__(choices=choices, coerce=lambda value: value == "true", **kwargs)

    def filter(self, rows: Selection, value: bool) -> Selection:
        """Compare the column."""
        return rows.where(f"{self.field_name} = %s", value)


class PrivateOnly(Truth):
    """`true` keeps private Connectors; `false` keeps all available ones, like no value."""

    def filter(self, rows: Selection, value: bool) -> Selection:
        """Compare the column only for `true`."""
        return super().filter(rows, value) if value else rows


class AnyIntegrationType(django_filters.MultipleChoiceFilter):
    """Repeatable; keeps rows with any of the given types."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=IntegrationType.choices, **kwargs)

    def filter(self, rows: Selection, value: list[str]) -> Selection:
        """Compare the bits of the types."""
        return rows.where("(integration_mask & %s) > 0", mask_of(value))


class Words(django_filters.CharFilter):
    """Keeps rows with every word of the text in name or description."""

    def filter(self, rows: Selection, value: str) -> Selection:
        """Search for the words."""
        condition, values = search_index.condition("words", value)
        return rows.where(condition, *values)


class Same(django_filters.CharFilter):
    """Keeps rows with an equal value, ignoring case."""

    def filter(self, rows: Selection, value: str) -> Selection:
        """Compare in uppercase, like the index."""
        return rows.where(f"UPPER({self.field_name}) = UPPER(%s)", value)


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


class SeveralIds(django_filters.MultipleChoiceFilter):
    """Repeatable; keeps the rows with any of the given ids."""

    field_class = SeveralField

    def filter(self, rows: Selection, value: list[str]) -> Selection:
        """Compare with all of them at once."""
        return sql_conditions.with_id(rows, *(UUID(item) for item in value))


class SeveralKeys(django_filters.MultipleChoiceFilter):
    """Repeatable; keeps the rows with any of the given keys."""

    field_class = SeveralField

    def filter(self, rows: Selection, value: list[str]) -> Selection:
        """Compare with all of them at once."""
        return sql_conditions.with_key(rows, *value)


def _uuid(value: str) -> str | None:
    return None if identifier(value) else "Expected a UUID in its canonical form."


class StagedFilter(django_filters.FilterSet):
    """The query parameters of `GET /connectors/drafts` besides paging. The tally of drafts has their columns."""

    isPrivate = Truth(field_name="private")
    integrationTypes = AnyIntegrationType()

    class Meta:
        model = ConnectorStaged
        fields: list[str] = []


class ConnectorFilter(django_filters.FilterSet):
    """The query parameters of `GET /connectors/search` besides paging."""

    text = Words(max_length=256)
    creator_company = Same(field_name="creator_company", max_length=256)
    id = SeveralIds(check=_uuid)
    key = SeveralKeys(check=request_fields.wrong_key)
    integrationTypes = AnyIntegrationType()
    private = PrivateOnly(field_name="private")

    class Meta:
        model = Connector
        fields: list[str] = []


ConnectorFilter.base_filters["creator.company"] = ConnectorFilter.base_filters.pop("creator_company")


def apply(filters: type[django_filters.FilterSet], query: QueryDict, rows: Selection) -> Selection:
    """Return the selection for the query, or raise InvalidQueryParam with every problem."""
    if filters.base_filters.keys().isdisjoint(query):
        return rows
    by_name, form_class = _prepared(filters)  # type: ignore[arg-type]
    form = form_class(query)
    problems = [Problem(name, str(message)) for name, messages in form.errors.items() for message in messages]
    problems += [
        Problem(name, "Expected one value.")
        for name, found in by_name.items()
        if not isinstance(found, django_filters.MultipleChoiceFilter) and len(query.getlist(name)) > 1
    ]
    # A form treats an empty value as missing, but here it is an error.
    problems += [
        Problem(name, "Expected true or false.")
        for name, found in by_name.items()
        if isinstance(found, Truth) and query.get(name) == ""
    ]
    if problems:
        raise InvalidQueryParam(problems)
    for name, value in form.cleaned_data.items():
        if value not in forms.Field.empty_values:
            rows = by_name[name].filter(rows, value)
    return rows


@cache
def _prepared(filters: type[django_filters.FilterSet]) -> tuple[Mapping[str, Any], type[forms.Form]]:
    """Build the filters and form of a set once: they are the same for every request, and cost more than the
    response."""
    ready = filters()
    return ready.filters, ready.get_form_class()
