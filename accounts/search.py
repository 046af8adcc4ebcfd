"""How much of the text of a search counts: so many words, each so long.

Each word costs a scan of the texts it may be in. Words beyond these bounds are ignored: what is found has all the words
within them, and may lack the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from django.http import HttpRequest
from django.utils.text import smart_split

Look: TypeAlias = Callable[[Any, HttpRequest, Any, str], tuple[Any, bool]]

MOST = 8
"""How many distinct words are searched for: the first ones."""

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
    """Return the words to search for, where blanks separate words."""
    return bounded(text.split())


def in_admin(look: Look) -> Look:
    """Return the admin's own search, for all its lists, with the same bounds."""

    def get_search_results(page: Any, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return look(page, request, queryset, " ".join(bounded(smart_split(search_term))))

    return get_search_results
