"""Metrics for Prometheus that show whether the portal keeps up.

They are counted in the database on request, so that every web server returns the same and needs no state.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from accounts.models import Delivery
from certification.models import Notification
from connectors.choices import ConnectorStatus
from connectors.models import ConnectorStaged, ValidationRun

__all__ = ["CONTENT_TYPE", "exposition"]

State = ValidationRun.State
MAILS = (Notification.Mail.WAITING, Notification.Mail.SENDING, Notification.Mail.FAILED)
DELIVERIES = (Delivery.State.WAITING, Delivery.State.SENDING)


class Portal(Collector):
    """Every metric of the portal."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each metric with its labels; missing ones are 0."""
        now = timezone.now()
        drafts = counted(ConnectorStaged.objects.all(), by="status")
        yield gauge("portal_drafts", "Drafts by status.", drafts, label="status", values=ConnectorStatus.values)
        runs = ValidationRun.objects.filter(state__in=ValidationRun.OPEN)
        states = counted(runs, by="state")
        yield gauge("portal_runs", "Open validations by state.", states, label="state", values=ValidationRun.OPEN)
        oldest = runs.filter(state=State.QUEUED, not_before__lte=now).aggregate(at=Min("not_before"))["at"]
        yield single(
            "portal_oldest_run_seconds", "How long the oldest validation waits for a worker.", age(oldest, now)
        )
        left = runs.filter(state=State.RUNNING, lease_expires_at__lt=now).count()
        yield single("portal_runs_without_worker", "Validations whose worker is gone.", left)
        mails = counted(Notification.objects.filter(mail__in=MAILS), by="mail")
        yield gauge("portal_mails", "Mails that were not sent, by state.", mails, label="state", values=MAILS)
        open_ones = counted(Delivery.objects.filter(state__in=DELIVERIES), by="state")
        yield gauge(
            "portal_webhook_deliveries",
            "Open messages to webhooks by state.",
            open_ones,
            label="state",
            values=DELIVERIES,
        )


def counted(rows: QuerySet[Any], *, by: str) -> dict[str, int]:
    """Return how many rows have each value of a column."""
    return dict(rows.order_by().values_list(by).annotate(number=Count("pk")))


def gauge(
    name: str, text: str, counts: dict[str, int], *, label: str, values: tuple[str, ...] | list[str]
) -> GaugeMetricFamily:
    """Return one metric with a value for each label."""
    family = GaugeMetricFamily(name, text, labels=[label])
    for value in values:
        family.add_metric([str(value)], counts.get(value, 0))
    return family


def single(name: str, text: str, value: float) -> GaugeMetricFamily:
    """Return a metric without labels."""
    return GaugeMetricFamily(name, text, value=value)


def age(moment: datetime | None, now: datetime) -> float:
    """Return the seconds since a time, or 0 for None."""
    return (now - moment).total_seconds() if moment else 0.0


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Portal())
    return bytes(generate_latest(registry))
