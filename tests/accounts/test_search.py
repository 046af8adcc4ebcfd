"""How much of a search's text is read."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory

from accounts import search
from accounts.models import Event, Project, User


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("  one\ttwo\nthree ", ["one", "two", "three"]),
        ("Pay pay PAY Tax", ["Pay", "Tax"]),
        ("a b c d e f g h i j", ["a", "b", "c", "d", "e", "f", "g", "h"]),
        ("a " * 5000, ["a"]),
        ("x" * 5000, ["x" * search.LONGEST]),
    ],
)
def test_the_first_distinct_words_count(text: str, found: list[str]) -> None:
    assert search.words(text) == found


@pytest.mark.django_db
@pytest.mark.parametrize("model", [User, Project, Event])
def test_every_list_of_the_admin_has_the_same_bounds(model: type) -> None:
    page = admin.site._registry[model]
    request = RequestFactory().get("/")
    text = " ".join(f"word{n}" for n in range(500))

    rows, _ = page.get_search_results(request, model.objects.all(), text)  # type: ignore[attr-defined]

    assert "word7" in str(rows.query)
    assert "word8" not in str(rows.query)


@pytest.mark.django_db
def test_the_admin_still_finds_what_stands_in_quotes() -> None:
    Project.objects.create(key="acme", name="Acme Shop", region="europe-west1.gcp")
    page = admin.site._registry[Project]

    rows, _ = page.get_search_results(RequestFactory().get("/"), Project.objects.all(), '"acme shop"')

    assert [row.key for row in rows] == ["acme"]
