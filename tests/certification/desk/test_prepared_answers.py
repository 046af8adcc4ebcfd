"""Prepared answers are found by what one remembers."""

from __future__ import annotations

import pytest

from certification.desk import prepared_answers
from certification.models import PreparedAnswer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("secret", "Secret in the code"),
        ("scop", "Scopes too wide"),
        ("scoeps wide", "Scopes too wide"),
        ("idempotent", "Event handler not idempotent"),
        ("idmpotent", "Event handler not idempotent"),
        ("gdpr", "Personal data in logs"),
        ("inst guide", "Installation guide missing"),
        ("CERTIFIED thank", "Thank you, certified"),
    ],
)
def test_the_best_answer_comes_first(query: str, title: str) -> None:
    assert prepared_answers.search(query)[0].title == title


@pytest.mark.parametrize("query", ["xylophone", "secret xylophone", "zzzz"])
def test_what_does_not_fit_is_not_found(query: str) -> None:
    assert prepared_answers.search(query) == []


def test_without_words_the_first_ones_are_shown_and_retired_ones_never() -> None:
    PreparedAnswer.objects.filter(title="Endpoint without authentication").update(active=False)

    titles = [answer.title for answer in prepared_answers.search("")]

    assert titles[0] == "Configuration key without explanation"
    assert "Endpoint without authentication" not in titles
