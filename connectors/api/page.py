"""`limit`, `offset`, `sort` and repeatable filters of the API's lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from connectors.errors import InvalidQueryParam, Problem

LARGEST_LIMIT, DEFAULT_LIMIT, LARGEST_OFFSET = 500, 20, 10_000
WHOLE = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True)
class Page:
    """A part of a list, with its order (the terms of ORDER BY)."""

    limit: int
    offset: int
    order: tuple[str, ...]


def read(query: QueryDict, *, fields: Mapping[str, str], default: tuple[str, ...], tie: str) -> Page:
    """Read the page of a request, or raise InvalidQueryParam with every problem.

    `fields` are the names that `sort` may use, with their columns; `tie` ends every order, so that paging is stable.
    """
    problems: list[Problem] = []
    limit = _number(query, "limit", default=DEFAULT_LIMIT, largest=LARGEST_LIMIT, problems=problems)
    offset = _number(query, "offset", default=0, largest=LARGEST_OFFSET, problems=problems)
    order: list[str] = []
    for value in query.getlist("sort"):
        name, _, direction = value.strip().partition(" ")
        direction = direction.strip().lower()
        if name not in fields or direction not in {"", "asc", "desc"}:
            problems.append(Problem("sort", f"Expected one of {', '.join(fields)}, optionally with asc or desc."))
        else:
            order.append(fields[name] + (" DESC" if direction == "desc" else ""))
    if problems:
        raise InvalidQueryParam(problems)
    return Page(limit, offset, (*(order or default), tie))


def _number(query: QueryDict, name: str, *, default: int, largest: int, problems: list[Problem]) -> int:
    values = query.getlist(name)
    if not values:
        return default
    value = values[-1]
    if len(values) > 1 or not WHOLE.fullmatch(value) or int(value) > largest:
        problems.append(Problem(name, f"Expected one whole number from 0 to {largest}."))
        return default
    return int(value)
