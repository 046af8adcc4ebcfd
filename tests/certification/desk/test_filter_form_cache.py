"""The filter panel of the queue: drawn once, and never for somebody else's filters."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from accounts.models import User
from accounts.roles import Role
from certification.desk import filter_form_cache
from certification.desk.filters import QueueFilter
from certification.models import Round
from tests import factory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", ["", "turn=reviewer&integrationTypes=psp&integrationTypes=tax", "turn=%3Cscript%3E"])
def test_fields_look_as_the_form_draws_them(query: str) -> None:
    factory.reviewer()

    drawn = filter_form_cache.fields(query, reviewers=filter_form_cache.reviewers())

    form = QueueFilter(QueryDict(query), queryset=Round.objects.none()).form
    assert drawn == "".join(field.as_field_group() for field in form if field.name != "q")
    assert "<script>" not in drawn


def test_new_reviewer_can_be_filtered_by_at_once() -> None:
    before = filter_form_cache.fields("", reviewers=filter_form_cache.reviewers())

    User.objects.create_user("new@acme.example", name="Nora <New>", role=Role.REVIEWER)

    after = filter_form_cache.fields("", reviewers=filter_form_cache.reviewers())
    assert "Nora" not in before
    assert "Nora &lt;New&gt;" in after


def test_renamed_reviewer_is_shown_by_the_new_name() -> None:
    person = factory.reviewer()
    filter_form_cache.fields("", reviewers=filter_form_cache.reviewers())

    User.objects.filter(pk=person.pk).update(name="Renamed")

    assert "Renamed" in filter_form_cache.fields("", reviewers=filter_form_cache.reviewers())
