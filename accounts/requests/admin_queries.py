"""Refuse admin queries that the admin cannot read and Django does not catch."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import BinaryField, DurationField, ForeignKey, GenericIPAddressField
from django.http import HttpRequest

from accounts.requests.fields import UnreadableField

LARGE = re.compile("[0-9]{10}")
READ_LATE = (BinaryField, DurationField, GenericIPAddressField)

View = Callable[..., Any]


def refused(admin_view: Any) -> Any:
    """Refuse a number in a filter that fits no column, with the name of its field."""

    @wraps(admin_view)
    def with_refusal(view: View, *args: Any, **kwargs: Any) -> View:
        @wraps(view)
        def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return view(request, *args, **kwargs)
            except OverflowError:
                for name, values in request.GET.lists():
                    if LARGE.search(" ".join(values)):
                        raise UnreadableField(name, "contains a number that is too large.") from None
                raise

        wrapped: View = admin_view(handle, *args, **kwargs)
        return wrapped

    return with_refusal


def without_wrong_keys(initial: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Drop initial values from the query that cannot be the key of a row."""

    @wraps(initial)
    def get(self: ModelAdmin[Any], request: HttpRequest) -> dict[str, Any]:
        keys = {field.name: field for field in self.model._meta.fields if isinstance(field, ForeignKey)}
        found = {}
        for name, value in initial(self, request).items():
            try:
                found[name] = keys[name].target_field.clean(value, None) if name in keys else value
            except ValidationError:
                continue
        return found

    return get


def readable_lookups(allowed: Callable[..., bool]) -> Callable[..., bool]:
    """Allow no lookup in columns whose values Django validates too late. The admin offers none."""

    @wraps(allowed)
    def check(self: ModelAdmin[Any], lookup: str, value: str, request: HttpRequest) -> bool:
        name = lookup.partition("__")[0]
        read_late = any(field.name == name and isinstance(field, READ_LATE) for field in self.model._meta.fields)
        return not read_late and allowed(self, lookup, value, request)

    return check
