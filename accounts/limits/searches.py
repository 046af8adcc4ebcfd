"""Count searches by text: by person, and by address where nobody is signed in."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.limits import counting
from accounts.limits.counting import address_of
from accounts.limits.table import SEARCHES, SEARCHES_BY_ADDRESS


def count(request: HttpRequest, text: str) -> None:
    """Count a search of a page; a page without a search counts nothing. Raises Exceeded."""
    if not (text.strip() and counting.counts()):
        return
    if request.user.is_authenticated:
        counting.spend(SEARCHES, of=request.user.pk)
    else:
        counting.spend(SEARCHES_BY_ADDRESS, of=address_of(request))
