"""The filters of the queue and the history. All of them are part of the URL."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache

import django_filters
from django.db.models import F, Q, QuerySet
from django.forms import DateInput
from django.http import QueryDict
from django.utils import timezone

from accounts import search
from accounts.models import Event, User
from accounts.requests.fields import identifier
from accounts.requests.filters import StrictFilterSet
from accounts.roles import REVIEWERS
from certification.choices import ApplicationType, Escalation, RoundKind, Turn, application_mask_of
from certification.models import Round
from connectors.choices import ConnectorStatus, IntegrationType, mask_of

YES = (("yes", "Yes"), ("no", "No"))


class QueueFilter(StrictFilterSet):
    """The filters of the queue. Unknown parameters are ignored; invalid values show an error."""

    q = django_filters.CharFilter(label="Search", method="by_text", max_length=200)
    status = django_filters.ChoiceFilter(label="Status", choices=ConnectorStatus.choices, empty_label="Any")
    turn = django_filters.ChoiceFilter(label="Whose turn", choices=Turn.choices, empty_label="Anybody's")
    kind = django_filters.ChoiceFilter(label="Kind", choices=RoundKind.choices, empty_label="Any")
    integration_types = django_filters.MultipleChoiceFilter(
        label="Integration type", choices=IntegrationType.choices, method="by_types"
    )
    application = django_filters.ChoiceFilter(
        label="Application type", choices=ApplicationType.choices, method="by_application", empty_label="Any"
    )
    project = django_filters.CharFilter(label="Project key", field_name="project__key", max_length=36)
    assignee = django_filters.ModelChoiceFilter(
        label="Reviewer",
        queryset=User.objects.filter(role__in=REVIEWERS, is_active=True).order_by("name", "email"),
        null_label="Nobody",
        null_value="none",
        empty_label="Anybody",
    )
    blocking = django_filters.ChoiceFilter(
        label="Blocking findings", choices=YES, method="by_blocking", empty_label="Any"
    )
    breaking = django_filters.ChoiceFilter(
        label="Breaking change", choices=YES, method="by_breaking", empty_label="Any"
    )
    escalated = django_filters.ChoiceFilter(
        label="Escalated to",
        field_name="escalated_to",
        choices=[choice for choice in Escalation.choices if choice[0]],
        empty_label="Any",
    )
    due = django_filters.DateFilter(label="Due before", method="by_due", widget=DateInput(attrs={"type": "date"}))

    class Meta:
        model = Round
        fields: list[str] = []

    def by_text(self, rows: QuerySet[Round], name: str, value: str) -> QuerySet[Round]:
        """Find a name, key, tag or commit by a part of it, or a connector by its whole id."""
        for word in search.words(value):
            found = Q(name__icontains=word) | Q(key__icontains=word) | Q(tag__icontains=word)
            if len(word) >= 6:
                found |= Q(commit__startswith=word.lower())
            if id := identifier(word):
                found |= Q(draft_id=id)
            rows = rows.filter(found)
        return rows

    def by_types(self, rows: QuerySet[Round], name: str, value: list[str]) -> QuerySet[Round]:
        """Keep rounds with any of these integration types, which are stored as bits."""
        return rows.alias(typed=F("integration_mask").bitand(mask_of(value))).filter(typed__gt=0) if value else rows

    def by_application(self, rows: QuerySet[Round], name: str, value: str) -> QuerySet[Round]:
        """Keep rounds with this application type, which is stored as a bit."""
        return rows.alias(wanted=F("application_mask").bitand(application_mask_of([value]))).filter(wanted__gt=0)

    def by_blocking(self, rows: QuerySet[Round], name: str, value: str) -> QuerySet[Round]:
        """Keep rounds with blocking findings, or those without."""
        return rows.filter(blocking__gt=0) if value == "yes" else rows.filter(blocking=0)

    def by_breaking(self, rows: QuerySet[Round], name: str, value: str) -> QuerySet[Round]:
        """Keep rounds that break installed versions, or those that do not."""
        return rows.filter(breaking=value == "yes")

    def by_due(self, rows: QuerySet[Round], name: str, value: date) -> QuerySet[Round]:
        """Keep rounds that are due before a day begins."""
        return rows.filter(due_at__lt=timezone.make_aware(datetime.combine(value, time.min)))


QueueFilter.base_filters["integrationTypes"] = QueueFilter.base_filters.pop("integration_types")


def queue_filter(given: QueryDict, rows: QuerySet[Round]) -> QueueFilter:
    """Return the search, and the filters that the query string names: creating all twelve costs more than the rows."""
    names = frozenset(name for name in QueueFilter.base_filters if name in given or name == "q")
    return _with(names)(given, queryset=rows)


@lru_cache(maxsize=200)
def _with(names: frozenset[str]) -> type[QueueFilter]:
    made: type[QueueFilter] = type("QueueFilter", (QueueFilter,), {})
    made.base_filters = {name: one for name, one in QueueFilter.base_filters.items() if name in names}
    return made


class HistoryFilter(StrictFilterSet):
    """The filters of the event log."""

    q = django_filters.CharFilter(label="Search", method="by_text", max_length=200)
    name = django_filters.CharFilter(label="Event", lookup_expr="istartswith", max_length=64)
    actor = django_filters.CharFilter(label="By", field_name="actor_label", lookup_expr="icontains", max_length=256)
    project = django_filters.CharFilter(label="Project key", field_name="project_key", max_length=36)
    status = django_filters.ChoiceFilter(
        label="New status",
        field_name="status_to",
        choices=ConnectorStatus.choices,
        method="by_status",
        empty_label="Any",
    )
    since = django_filters.DateFilter(
        label="From", field_name="at", lookup_expr="date__gte", widget=DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(
        label="To", field_name="at", lookup_expr="date__lte", widget=DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Event
        fields: list[str] = []

    def by_text(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """Find events by connector, person, event name, commit or correlation id."""
        for word in search.words(value):
            rows = rows.filter(
                Q(subject_label__icontains=word)
                | Q(actor_label__icontains=word)
                | Q(name__icontains=word)
                | Q(subject_id=word)
                | Q(commit__startswith=word)
                | Q(correlation_id=word)
            )
        return rows

    def by_status(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """Keep the events that moved a connector to a status."""
        return rows.filter(status_to=value).exclude(status_from=value)
