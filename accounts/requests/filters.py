"""Filters of lists on pages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet


class StrictFilterSet(django_filters.FilterSet):
    """Filters that keep nothing where a value is refused: the library would leave that filter out and list all rows."""

    @property
    def qs(self) -> QuerySet[Any]:
        """Return the rows that the filters leave."""
        refused = self.is_bound and not self.form.is_valid()
        rows: QuerySet[Any] = self.queryset.none() if refused else super().qs
        return rows
