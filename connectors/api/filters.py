"""The filters of the API's lists, made from the rows of `connectors.contract.fields`.

They validate query parameters and turn them into conditions. `schema` and `description` are for the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast
from uuid import UUID

import django_filters
from django import forms
from django.http import QueryDict

from accounts.requests.fields import identifier
from connectors.contract import fields, lookups, request_fields
from connectors.contract.fields import Field, FieldFilter, Lists
from connectors.errors import InvalidQueryParam, Problem
from connectors.models import Connector, ConnectorStaged
from connectors.models.staged import FILTERED
from connectors.store import narrowing, search_index
from connectors.store.sql_conditions import Selection

LONGEST_TEXT = 256
TEXT = {"type": "string", "maxLength": LONGEST_TEXT, "pattern": "^[^\\u0000]*$"}


class ByField(django_filters.Filter):
    """A query parameter that narrows a list by a field, as the row of the field says."""

    schema: Mapping[str, Any]
    """The JSON Schema of a value, or of each where it may be repeated."""

    def __init__(self, row: Field, given: FieldFilter, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lookup, self.column, self.description = given.lookup, given.column, given.description

    def filter(self, rows: Selection, value: Any) -> Selection:
        """Compare the column."""
        condition, values = narrowing.condition(self.lookup, self.column, value)
        return rows.where(condition, *values, tallied=self.column in FILTERED) if condition else rows


class Truth(ByField, django_filters.TypedChoiceFilter):
    """`true` or `false`, nothing else."""

    schema = {"type": "boolean"}

    def __init__(self, row: Field, given: FieldFilter) -> None:
        choices = (("true", "true"), ("false", "false"))
        super().__init__(row, given, choices=choices, coerce=lambda value: value == "true")


class Text(ByField, django_filters.CharFilter):
    """A text."""

    schema = TEXT

    def __init__(self, row: Field, given: FieldFilter) -> None:
        super().__init__(row, given, max_length=LONGEST_TEXT)


class Choices(ByField, django_filters.MultipleChoiceFilter):
    """Repeatable; values that the field can have."""

    def __init__(self, row: Field, given: FieldFilter) -> None:
        super().__init__(row, given, choices=row.choices)
        self.schema = {"type": "string", "enum": [value for value, _ in row.choices]}


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


class SeveralValues(ByField, django_filters.MultipleChoiceFilter):
    """Repeatable; values that the rule of the field accepts."""

    field_class = SeveralField

    def __init__(self, row: Field, given: FieldFilter) -> None:
        checked = cast(request_fields.Checked, row.accepted)
        super().__init__(row, given, check=checked.rule)
        self.schema = {"type": "string", **checked.schema}


class SeveralIds(ByField, django_filters.MultipleChoiceFilter):
    """Repeatable; UUIDs."""

    field_class = SeveralField
    schema = {"type": "string", "format": "uuid"}

    def __init__(self, row: Field, given: FieldFilter) -> None:
        super().__init__(row, given, check=_wrong_id)

    def filter(self, rows: Selection, value: list[str]) -> Selection:
        """Compare with all of them at once."""
        return super().filter(rows, [UUID(item) for item in value])


def _wrong_id(value: str) -> str | None:
    return None if identifier(value) else "Expected a UUID in its canonical form."


PARAMETERS: Mapping[type[lookups.Lookup], Callable[[Field, FieldFilter], ByField]] = {
    lookups.IsTrue: Truth,
    lookups.OnlyTrue: Truth,
    lookups.SameText: Text,
    lookups.AnyOf: SeveralValues,
    lookups.AnyId: SeveralIds,
    lookups.AnyBit: Choices,
    lookups.AnyItem: Choices,
}
"""What can be given for each lookup."""


class Words(django_filters.CharFilter):
    """Keeps rows with every word of the text in the fields that the search reads."""

    schema = TEXT
    description = "Words, or parts of words, in name or description; the first 8 are used."

    def filter(self, rows: Selection, value: str) -> Selection:
        """Search for the words."""
        condition, values = search_index.condition("words", value)
        return rows.where(condition, *values)


def by_field(lists: Lists) -> dict[str, ByField]:
    """Return the filters of a list, by the names of their parameters."""
    return {given.name: PARAMETERS[type(given.lookup)](row, given) for row, given in fields.filters(lists)}


class StagedFilter(django_filters.FilterSet):
    """The query parameters of `GET /connectors/drafts` besides paging."""

    class Meta:
        model = ConnectorStaged
        fields: list[str] = []


class ConnectorFilter(django_filters.FilterSet):
    """The query parameters of `GET /connectors/search` besides paging."""

    text = Words(max_length=LONGEST_TEXT)

    class Meta:
        model = Connector
        fields: list[str] = []


StagedFilter.base_filters.update(by_field(Lists.API_DRAFTS))
ConnectorFilter.base_filters.update(by_field(Lists.API_CONNECTORS))


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
