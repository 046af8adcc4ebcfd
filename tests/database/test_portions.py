"""Many rows, a portion at a time."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from database import portions
from tests import factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def five() -> list[Project]:
    return [factory.project(key) for key in ("eve", "dan", "cat", "bob", "ann")]


@pytest.mark.parametrize("size", [1, 2, 5, 500])
def test_rows_come_in_their_order_whatever_the_size(size: int, five: list[Project]) -> None:
    rows = Project.objects.order_by("-key")

    assert [row.key for row in portions.read(rows, size=size)] == ["eve", "dan", "cat", "bob", "ann"]


def test_each_portion_is_a_statement_of_its_own(five: list[Project]) -> None:
    with CaptureQueriesContext(connection) as captured:
        list(portions.read(Project.objects.order_by("key"), size=2))

    assert len(captured) == 4


def test_what_is_gone_before_its_turn_is_left_out(five: list[Project]) -> None:
    rows = portions.read(Project.objects.order_by("key"), size=2)
    first = next(rows)

    Project.objects.filter(key="dan").delete()

    assert [first.key, *(row.key for row in rows)] == ["ann", "bob", "cat", "eve"]


def test_keys_can_be_bounded(five: list[Project]) -> None:
    assert portions.keys(Project.objects.order_by("key"), most=2) == [five[4].pk, five[3].pk]
