"""Time as the reviewers' promise counts it: Saturdays, Sundays and holidays do not pass.

A business day has 24 hours, in the time zone of the installation, so that "two business days" from Friday 15:00 is
Tuesday 15:00 everywhere on the page and in every mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.utils import timezone

from accounts.statements import Written
from certification.models import Holiday, TimeLimit

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
"""Business days where the admin has set none."""


@dataclass(frozen=True)
class Calendar:
    """Which days count, and how many of them each thing may take."""

    zone: tzinfo
    holidays: frozenset[date] = frozenset()
    limits: tuple[tuple[str, int], ...] = ()

    def works_on(self, day: date) -> bool:
        """Tell whether review time passes on a day."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def days(self, limited: str) -> timedelta:
        """Return how long something may take, as business time."""
        return dict(self.limits).get(limited, DEFAULT_DAYS[TimeLimit.For(limited)]) * DAY

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Return the moment at which so much business time has passed since `start`; a negative span goes back."""
        moment, left = start.astimezone(self.zone), span
        if left < timedelta(0):
            return self._back(moment, -left)
        while True:
            midnight = self._midnight(moment.date() + DAY)
            if self.works_on(moment.date()):
                if left <= midnight - moment:
                    return moment + left
                left -= midnight - moment
            moment = midnight

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

    def _whole_days(self, first: date, end: date) -> timedelta:
        """Return the business days from `first` to the one before `end`, without walking through years of them."""
        weeks, rest = divmod((end - first).days, 7)
        days = weeks * SATURDAY + sum((first + n * DAY).weekday() < SATURDAY for n in range(rest))
        days -= sum(first <= day < end and day.weekday() < SATURDAY for day in self.holidays)
        return days * DAY

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone)


def calendar() -> Calendar:
    """Return the calendar that the admin has set up."""
    return Calendar(
        zone=timezone.get_current_timezone(),
        holidays=frozenset(day for (day,) in _HOLIDAYS.rows()),
        limits=tuple((limited, days) for limited, days in _LIMITS.rows()),
    )


# Every page with a date on it asks for them.
_HOLIDAYS = Written(lambda: Holiday.objects.order_by().values_list("day"))
_LIMITS = Written(lambda: TimeLimit.objects.order_by().values_list("limits", "business_days"))
