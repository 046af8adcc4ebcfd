"""Refuse admin queries that the admin cannot read and Django does not catch."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import BinaryField, DurationField, ForeignKey, GenericIPAddressField
from django.http import HttpRequest

READ_LATE = (BinaryField, DurationField, GenericIPAddressField)


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
