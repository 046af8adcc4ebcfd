"""Business time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from certification import business_calendar
from certification.business_calendar import Calendar
from certification.models import Holiday, TimeLimit

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 9, tzinfo=UTC)
PLAIN = Calendar(zone=UTC)
FREE_MONDAY = Calendar(zone=UTC, holidays=frozenset({date(2026, 11, 23)}))


@pytest.mark.parametrize(
    ("calendar", "start", "days", "end"),
    [
        (PLAIN, FRIDAY, 0, FRIDAY),
        (PLAIN, FRIDAY, 1, MONDAY),
        (PLAIN, FRIDAY, 2, datetime(2026, 11, 24, 15, tzinfo=UTC)),
        (PLAIN, FRIDAY, 5, datetime(2026, 11, 27, 15, tzinfo=UTC)),
        (PLAIN, SATURDAY, 1, datetime.combine(date(2026, 11, 23), time.max, tzinfo=UTC)),
        (FREE_MONDAY, FRIDAY, 1, datetime(2026, 11, 24, 15, tzinfo=UTC)),
        (PLAIN, MONDAY, -1, FRIDAY),
        (FREE_MONDAY, datetime(2026, 11, 24, 15, tzinfo=UTC), -1, FRIDAY),
        (PLAIN, MONDAY, -3, datetime(2026, 11, 18, 15, tzinfo=UTC)),
        (PLAIN, MONDAY, -15 / 24, datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_adding_counts_business_days_only(calendar: Calendar, start: datetime, days: float, end: datetime) -> None:
    assert calendar.add(start, timedelta(days=days)) == end


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (FRIDAY, MONDAY, 24),
        (MONDAY, FRIDAY, -24),
        (SATURDAY, SATURDAY + timedelta(hours=5), 0),
        (FRIDAY, FRIDAY, 0),
        (FRIDAY, FRIDAY + timedelta(hours=3), 3),
        (FRIDAY, SATURDAY, 9),
    ],
)
def test_between_leaves_weekends_out(start: datetime, end: datetime, hours: int) -> None:
    assert PLAIN.between(start, end) == timedelta(hours=hours)


BERLIN, NEW_YORK, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
ADVENT = frozenset({date(2026, 12, 4), date(2026, 12, 7)})


@pytest.mark.parametrize("holidays", [frozenset(), ADVENT], ids=["plain", "holidays"])
@pytest.mark.parametrize("zone", [UTC, BERLIN, NEW_YORK, TOKYO], ids=str)
@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 11, 27, 13, 28),
        datetime(2026, 11, 28, 13),
        datetime(2026, 11, 29, 23),
        datetime(2026, 11, 30),
        datetime(2026, 12, 3, 23, 59),
        datetime(2026, 12, 4, 9),
        # The clocks change on the Sunday after.
        datetime(2026, 10, 24, 12),
        datetime(2026, 10, 30, 2, 30),
    ],
    ids=str,
)
def test_nothing_is_ever_due_on_a_day_that_does_not_count(
    start: datetime, zone: tzinfo, holidays: frozenset[date]
) -> None:
    calendar = Calendar(zone=zone, holidays=holidays)

    for days in range(1, 12):
        span, begin = timedelta(days=days), start.replace(tzinfo=zone)
        for end in (calendar.add(begin, span), calendar.deadline(begin, span)):
            shown = end.astimezone(zone)
            assert calendar.works_on(shown.date()), shown
            assert (shown.hour, shown.minute) != (0, 0)


def test_a_deadline_holds_to_the_end_of_its_day() -> None:
    berlin = Calendar(zone=BERLIN)

    due = berlin.deadline(datetime(2026, 11, 27, 13, 28, tzinfo=UTC), timedelta(days=10))

    assert not business_calendar.is_past(due, now=datetime(2026, 12, 11, 22, 59, tzinfo=UTC))
    assert business_calendar.is_past(due, now=datetime(2026, 12, 11, 23, tzinfo=UTC))
    assert not business_calendar.is_past(due, now=due)


@pytest.mark.parametrize("hours", [1, 7, 30, 100, 333])
def test_what_is_added_is_between(hours: int) -> None:
    span = timedelta(hours=hours)

    assert FREE_MONDAY.between(FRIDAY, FREE_MONDAY.add(FRIDAY, span)) == span


def test_days_begin_at_midnight_of_the_installation() -> None:
    tokyo = Calendar(zone=ZoneInfo("Asia/Tokyo"))
    # Friday 20:00 in London is Saturday morning in Tokyo.
    start = datetime(2026, 11, 20, 20, tzinfo=UTC)

    assert tokyo.add(start, timedelta(hours=1)) == datetime(2026, 11, 22, 16, tzinfo=UTC)


def test_between_counts_in_the_zone_of_the_installation() -> None:
    # In Tokyo both are on Saturday, and the first of the next two is on Friday.
    assert Calendar(zone=TOKYO).between(FRIDAY + timedelta(hours=1), FRIDAY + timedelta(hours=9)) == timedelta(0)
    assert Calendar(zone=TOKYO).between(FRIDAY - timedelta(hours=1), MONDAY) == timedelta(hours=25)


def test_a_holiday_on_a_saturday_takes_no_time_away() -> None:
    assert Calendar(zone=UTC, holidays=frozenset({SATURDAY.date()})).between(FRIDAY, MONDAY) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "days"),
    [
        (PLAIN, FRIDAY, FRIDAY, 0),
        (PLAIN, FRIDAY, SATURDAY, 0),
        (PLAIN, FRIDAY, MONDAY, 1),
        (PLAIN, MONDAY, MONDAY + timedelta(days=4), 4),
        (FREE_MONDAY, FRIDAY, MONDAY, 0),
        (Calendar(zone=TOKYO), MONDAY - timedelta(hours=1), MONDAY, 1),
        (Calendar(zone=TOKYO), MONDAY, MONDAY + timedelta(hours=8), 0),
    ],
)
def test_days_between_begin_after_the_start(calendar: Calendar, start: datetime, end: datetime, days: int) -> None:
    assert calendar.days_between(start, end) == days


@pytest.mark.parametrize(("limited", "days"), business_calendar.DEFAULT_DAYS.items())
def test_a_limit_that_nobody_set_is_the_usual_one(limited: str, days: int) -> None:
    assert PLAIN.days(limited) == timedelta(days=days)


@pytest.mark.django_db
def test_the_calendar_is_what_the_admin_set_up() -> None:
    Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")
    TimeLimit.objects.update_or_create(limits="first", defaults={"business_days": 7})

    calendar = business_calendar.calendar()

    assert not calendar.works_on(date(2026, 12, 25))
    assert calendar.days("first") == timedelta(days=7)
    assert calendar.days("update") == timedelta(days=3)


def walked(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return the business time by walking through every day."""
    passed, moment = timedelta(0), start
    while moment.date() < end.date():
        midnight = datetime.combine(moment.date() + timedelta(days=1), time.min, tzinfo=calendar.zone)
        passed += midnight - moment if calendar.works_on(moment.date()) else timedelta(0)
        moment = midnight
    return passed + (end - moment if calendar.works_on(end.date()) else timedelta(0))


@pytest.mark.parametrize("days", [0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 30, 366, 1500])
@pytest.mark.parametrize("begin", range(7))
def test_between_is_what_walking_through_every_day_finds(begin: int, days: int) -> None:
    start = FRIDAY + timedelta(days=begin, hours=3)
    end = start + timedelta(days=days, minutes=95)

    assert FREE_MONDAY.between(start, end) == walked(FREE_MONDAY, start, end)
