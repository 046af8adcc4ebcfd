"""Which pages a pager names."""

from __future__ import annotations

import re

import pytest
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (1, ["1", "2", "3", "…", "100"]),
        (50, ["1", "…", "48", "49", "50", "51", "52", "…", "100"]),
        (100, ["1", "…", "98", "99", "100"]),
    ],
)
def test_a_pager_names_the_ends_and_what_is_around_the_page(number: int, named: list[str]) -> None:
    page = Paginator(range(1000), 10).get_page(number)

    html = render_to_string("_components/pagination.html", {"page": page}, RequestFactory().get("/drafts?q=a"))

    assert re.findall(r'page-link"[^>]*>([\d…]+)<', html) == named
    assert f'href="?q=a&amp;page={named[1] if number == 1 else 1}"' in html


def test_few_pages_are_all_named() -> None:
    page = Paginator(range(50), 10).get_page(3)

    html = render_to_string("_components/pagination.html", {"page": page}, RequestFactory().get("/drafts"))

    assert re.findall(r'page-link"[^>]*>([\d…]+)<', html) == ["1", "2", "3", "4", "5"]
