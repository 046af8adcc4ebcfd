"""Limits on search text: the number of words and their length.

Each word costs a scan. Words beyond these limits are ignored: results contain all words within the limits, but may lack
the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from django.http import HttpRequest
from django.utils.text import smart_split

Look: TypeAlias = Callable[[Any, HttpRequest, Any, str], tuple[Any, bool]]

MOST = 8
"""How many distinct words are used: the first ones."""

LONGEST = 256
"""How many characters of a word are used: the searched texts have no longer words."""


def bounded(words: Iterable[str]) -> list[str]:
    """Return the first distinct words, cut; case makes no difference."""
    found: dict[str, str] = {}
    for word in words:
        if len(found) == MOST:
            break
        found.setdefault(word[:LONGEST].casefold(), word[:LONGEST])
    return list(found.values())


def words(text: str) -> list[str]:
    """Return the words to search for, separated by whitespace."""
    return bounded(text.split())


def in_admin(look: Look, *, count: Callable[[HttpRequest, str], None]) -> Look:
    """Return the admin's own search for all its lists, with the same limits, and counted."""

    def get_search_results(page: Any, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        count(request, search_term)
        return look(page, request, queryset, " ".join(bounded(smart_split(search_term))))

    return get_search_results
