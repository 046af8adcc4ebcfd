"""Business time, in which all deadlines are counted: Saturdays, Sundays and holidays do not count.

A business day has 24 hours, in the time zone of the installation, so "two business days" from Friday 15:00 is
Tuesday 15:00 on every page and in every mail. What is due at midnight is due at the end of the day before: every
moment that this module returns is on a business day. It alone decides whether a deadline has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.db.models import Q
from django.utils import timezone

from certification.models import Holiday, TimeLimit
from database.statements import Written

DAY = timedelta(days=1)
SATURDAY = 5
DEFAULT_DAYS = {
    TimeLimit.For.FIRST: 5,
    TimeLimit.For.UPDATE: 3,
    TimeLimit.For.APPEAL: 3,
    TimeLimit.For.ANSWER: 10,
    TimeLimit.For.CHANGES: 10,
    TimeLimit.For.REMINDER: 2,
}
"""Default time limits in business days, where the admin has set none."""


@dataclass(frozen=True)
class Calendar:
    """Which days are business days, and how many of them each step may take."""

    zone: tzinfo
    holidays: frozenset[date] = frozenset()
    limits: tuple[tuple[str, int], ...] = ()

    def works_on(self, day: date) -> bool:
        """Return whether a day is a business day."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def days(self, limited: str) -> timedelta:
        """Return the limit of a step (`TimeLimit.For`), as business time."""
        return dict(self.limits).get(limited, DEFAULT_DAYS[TimeLimit.For(limited)]) * DAY

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Return the moment that is `span` of business time after `start`, or before it for a negative span."""
        moment, left = start.astimezone(self.zone), span
        if left < timedelta(0):
            return self._back(moment, -left)
        while True:
            day = moment.date()
            midnight = self._midnight(day + DAY)
            if self.works_on(day):
                rest = midnight - moment
                if left < rest:
                    return moment + left
                if left == rest:
                    return self.end_of(day)
                left -= rest
            moment = midnight

    def deadline(self, start: datetime, span: timedelta) -> datetime:
        """Return the end of the business day that is `span` of business time after `start`: that whole day counts."""
        return self.end_of(self.add(start, span).date())

    def end_of(self, day: date) -> datetime:
        """Return the last moment of a day."""
        return datetime.combine(day, time.max, tzinfo=self.zone)

    def _back(self, moment: datetime, left: timedelta) -> datetime:
        day = moment.date()
        while True:
            morning = self._midnight(day)
            if self.works_on(day):
                if left <= moment - morning:
                    return moment - left
                left -= moment - morning
            moment, day = morning, day - DAY

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the business time from `start` to `end`, negative when `end` comes first."""
        if end < start:
            return -self.between(end, start)
        moment, stop = start.astimezone(self.zone), end.astimezone(self.zone)
        first, last = moment.date(), stop.date()
        if first == last:
            return stop - moment if self.works_on(first) else timedelta(0)
        passed = self._whole_days(first + DAY, last)
        if self.works_on(first):
            passed += self._midnight(first + DAY) - moment
        if self.works_on(last):
            passed += stop - self._midnight(last)
        return passed

    def days_between(self, start: datetime, end: datetime) -> int:
        """Return how many business days begin after `start` and not after `end`."""
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        return self._whole_days(first + DAY, last + DAY) // DAY

    def _whole_days(self, first: date, end: date) -> timedelta:
        """Return the business days from `first` to the day before `end`, without a loop over years of days."""
        weeks, rest = divmod((end - first).days, 7)
        days = weeks * SATURDAY + sum((first + n * DAY).weekday() < SATURDAY for n in range(rest))
        days -= sum(first <= day < end and day.weekday() < SATURDAY for day in self.holidays)
        return days * DAY

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone)


def is_past(due_at: datetime, *, now: datetime) -> bool:
    """Return whether a deadline has passed."""
    return due_at < now


def past(now: datetime) -> Q:
    """Return the condition for rounds whose deadline has passed."""
    return Q(due_at__lt=now)


def calendar() -> Calendar:
    """Return the calendar with the holidays and limits that the admin has set."""
    return Calendar(
        zone=timezone.get_current_timezone(),
        holidays=frozenset(day for (day,) in _HOLIDAYS.rows()),
        limits=tuple((limited, days) for limited, days in _LIMITS.rows()),
    )


# Every page with a deadline needs them.
_HOLIDAYS = Written(lambda: Holiday.objects.order_by().values_list("day"))
_LIMITS = Written(lambda: TimeLimit.objects.order_by().values_list("limits", "business_days"))
