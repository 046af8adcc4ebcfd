"""The fields of the queue's filter panel, rendered once for the same filters and reviewers, then cached.

Rendering twelve fields with their choices costs more than the rest of the page, and the result is the same for all.
"""

from __future__ import annotations

from functools import lru_cache

from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from accounts.models.user import called
from accounts.roles import REVIEWERS
from certification.desk.filters import QueueFilter
from certification.models import Round
from database.statements import Written

Reviewers = tuple[tuple[int, str], ...]


def reviewers() -> Reviewers:
    """Return the id and name of every person whom reviews can be assigned to, and so be filtered by."""
    return tuple((pk, called(name, email)) for pk, name, email in _REVIEWERS.rows())


_REVIEWERS = Written(
    lambda: (
        User.objects.filter(role__in=sorted(REVIEWERS), is_active=True)
        .order_by("name", "email")
        .values_list("pk", "name", "email")
    )
)


@lru_cache(maxsize=500)
def fields(query: str, *, reviewers: Reviewers) -> SafeString:
    """Render all fields except the search, with the values of a query string.

    `reviewers` is only part of the cache key, because the fields depend on it.
    """
    form = QueueFilter(QueryDict(query), queryset=Round.objects.none()).form
    # Each field was rendered, and so escaped, by its own template.
    return mark_safe("".join(field.as_field_group() for field in form if field.name != "q"))  # noqa: S308
