"""Which pages of a list its pager names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import template
from django.core.paginator import Page

register = template.Library()


@register.filter
def window(page: Page[Any]) -> Iterator[int | str]:
    """Yield the first page, the ones around this, and the last, with an ellipsis for those between."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
