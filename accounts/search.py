"""What is read of the text of a search: so many words, each so long.

Each word costs a look through the texts it may be in. Words beyond these bounds are left out; what is found then has
all words that were looked for, and may lack the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from django.http import HttpRequest
from django.utils.text import smart_split

Look: TypeAlias = Callable[[Any, HttpRequest, Any, str], tuple[Any, bool]]

MOST = 8
"""Distinct words that are looked for, the first ones."""

LONGEST = 256
"""Characters of a word that count: what is searched has no longer ones."""


def bounded(words: Iterable[str]) -> list[str]:
    """Return the first distinct words, cut; case makes no difference."""
    found: dict[str, str] = {}
    for word in words:
        if len(found) == MOST:
            break
        found.setdefault(word[:LONGEST].casefold(), word[:LONGEST])
    return list(found.values())


def words(text: str) -> list[str]:
    """Return what is looked for where words are what stands between blanks."""
    return bounded(text.split())


def in_admin(look: Look) -> Look:
    """Return the admin's own search, for all its lists, with the same bounds."""

    def get_search_results(page: Any, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return look(page, request, queryset, " ".join(bounded(smart_split(search_term))))

    return get_search_results
