"""Counters, on the database that the tests run on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import Counter
from database import counters
from database.counters import Counted

TABLE = Counter._meta.db_table
MINUTE = 60.0


def add(key: str = "drafts:1", *, now: float = 1000.0, most: int = 3) -> Counted:
    """Count one."""
    return counters.add(TABLE, key, most=most, seconds=MINUTE, now=now)


@pytest.mark.django_db
def test_counts_up_to_one_too_many_and_begins_again_when_the_time_is_over() -> None:
    counted = [add(now=1000.0 + n) for n in range(6)]

    assert [one.count for one in counted] == [1, 2, 3, 4, 4, 4]
    assert {one.ends_at for one in counted} == {1060.0}
    assert add(now=1060.0) == Counted(1, 1120.0)


@pytest.mark.django_db
def test_each_key_has_a_counter_of_its_own() -> None:
    add("drafts:1")

    assert add("drafts:2").count == 1
    assert counters.read(TABLE, ["drafts:1", "drafts:3"], now=1001.0) == {"drafts:1": Counted(1, 1060.0)}


@pytest.mark.django_db
def test_what_has_ended_is_not_read_and_can_be_forgotten() -> None:
    add("drafts:1", now=1000.0)
    add("drafts:2", now=1030.0)

    assert counters.read(TABLE, ["drafts:1"], now=1060.0) == {}
    assert counters.forget(TABLE, before=1070.0) == 1
    assert [*Counter.objects.values_list("key", flat=True)] == ["drafts:2"]


@pytest.mark.django_db
def test_counting_is_one_statement(django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        add()


@pytest.mark.django_db(transaction=True)
def test_what_is_counted_at_the_same_time_is_counted_in_full() -> None:
    def count(n: int) -> int:
        try:
            return add(most=50).count
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        counted = sorted(pool.map(count, range(60)))

    assert counted == [*range(1, 51), *[51] * 10]
