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

SECRET = re.compile("password|secret|token|sealed|credential|session|hash|digest", re.IGNORECASE)
"""Names of columns whose values the admin neither shows nor records."""

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
    """Allow no lookup in columns whose values Django validates too late, or that a page leaves out. No page offers one.

    Who may ask whether a hidden value begins with a letter reads it letter by letter.
    """

    @wraps(allowed)
    def check(self: ModelAdmin[Any], lookup: str, value: str, request: HttpRequest) -> bool:
        parts, columns = lookup.split("__"), {field.name: field for field in self.model._meta.fields}
        read_late = isinstance(columns.get(parts[0]), READ_LATE)
        hidden = parts[0] in (self.exclude or ()) or any(SECRET.search(part) for part in parts)
        points_here = parts[0] not in {*columns, "pk"} and not _is_offered(self, lookup)
        return not (read_late or hidden or points_here) and allowed(self, lookup, value, request)

    return check


def _is_offered(page: ModelAdmin[Any], lookup: str) -> bool:
    """Return whether a filter of the page's list begins a lookup; what points here is asked for by filters only."""
    named = [one[0] if isinstance(one, tuple) else getattr(one, "parameter_name", one) for one in page.list_filter]
    return any(isinstance(name, str) and lookup.startswith(name) for name in named)
