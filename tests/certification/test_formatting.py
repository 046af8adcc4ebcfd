"""Times in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from certification import business_calendar, formatting, overdue
from certification.business_calendar import Calendar
from certification.desk import review_queue
from certification.models import Round
from certification.rounds import rounds
from tests.certification.world import World

PLAIN = Calendar(zone=UTC)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a moment of December 2026; the 4th is a Friday."""
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "now", "said"),
    [
        (at(4, 13, 28), at(2, 15), "in 2 business days"),
        (at(4, 13, 28), at(3, 12), "in 1 business day"),
        (at(4, 13, 28), at(3, 15), "in 22 h"),
        (at(4, 13, 28), at(4, 13), "in 28 min"),
        (at(4, 13, 28), at(4, 13, 28), "in less than a minute"),
        # What is due on Monday is one business day away the whole weekend long.
        (at(7, 9), at(4, 15), "in 1 business day"),
        (at(7, 9), at(5, 10), "in 1 business day"),
        (at(7, 0, 5), at(6, 20), "in 1 business day"),
        (at(7, 9), at(7, 8), "in 1 h"),
        (at(4, 13, 28), at(4, 13, 29), "1 min overdue"),
        (at(4, 13, 28), at(5, 10), "10 h overdue"),
        (at(4, 13, 28), at(7, 10), "1 business day overdue"),
        (at(4, 13, 28), at(17, 10), "9 business days overdue"),
        # What an older portal made due at the beginning of a weekend.
        (at(5), at(4, 10), "in 14 h"),
        (at(5), at(5, 10), "overdue"),
        (at(5), at(6, 20), "overdue"),
        (at(5), at(7, 9), "1 business day overdue"),
        # And what a holiday that came later fell on.
        (at(5, 12), at(5, 10), "in 2 h"),
    ],
)
def test_what_is_due_is_said_in_business_days(moment: datetime, now: datetime, said: str) -> None:
    assert formatting.due(moment, now=now, calendar=PLAIN) == said


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"])
def test_words_and_the_rule_agree_at_every_hour(zone: str) -> None:
    calendar = Calendar(zone=ZoneInfo(zone), holidays=frozenset({date(2026, 12, 8)}))

    for due in (at(4, 23, 59), at(5), at(7), at(7, 9), at(8, 12)):
        for hours in range(-100, 100):
            now = due + timedelta(hours=hours, minutes=7)
            said = formatting.due(due, now=now, calendar=calendar)
            assert said.endswith("overdue") == business_calendar.is_past(due, now=now)
            assert not said.startswith(("in 0", "0 "))


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-30, -1, 0, 1, 30, 80])
def test_row_and_view_agree_on_what_is_overdue(world: World, hours: int) -> None:
    world.submitted()
    due = at(4, 23, 59)
    Round.objects.update(due_at=due)
    now, calendar = due + timedelta(hours=hours), business_calendar.calendar()
    row = Round.objects.get()

    listed = review_queue.listed("overdue", status="", by=world.person("Rita"), now=now)

    said = formatting.due_of(row, now=now, calendar=calendar)
    assert listed.exists() == overdue.is_overdue(row, now=now) == said.endswith("overdue")


@pytest.mark.django_db
def test_no_clock_is_told_while_checks_run_and_after_the_end(world: World) -> None:
    world.submitted()
    row, now, calendar = Round.objects.get(), at(4), business_calendar.calendar()

    row.turn = "system"
    assert formatting.due_of(row, now=now, calendar=calendar) == ""
    row.turn, row.due_at = "developer", at(3)
    assert formatting.due_of(row, now=now, calendar=calendar) == "deadline passed"
    rounds.close(row, decision="withdrawn", by=rounds.portal(), now=now, calendar=calendar)
    assert formatting.due_of(row, now=now, calendar=calendar) == ""


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(0), ""),
        (timedelta(seconds=59), ""),
        (timedelta(minutes=1), "1 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_a_span_has_its_largest_unit(time: timedelta, said: str) -> None:
    assert formatting.span(time) == said
