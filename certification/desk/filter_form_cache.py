"""The fields of the queue's filter panel, drawn once for the same filters and the same reviewers.

Twelve fields with their choices cost more to draw than the page around them, and look the same for everybody.
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
    """Return everybody who can be filtered by and assigned to: their id, and what they are called."""
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
    """Return all fields but the search as they look with the filters of an address.

    `reviewers` are not read here: they are what else the fields depend on.
    """
    form = QueueFilter(QueryDict(query), queryset=Round.objects.none()).form
    # Each field was drawn, and so escaped, by its own template.
    return mark_safe("".join(field.as_field_group() for field in form if field.name != "q"))  # noqa: S308
