"""Requests to scanners with a webhook, and their answers."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connectors.models.run import ValidationRun


class ScannerDelivery(models.Model):
    """One request to one scanner: open until the answer arrives or the time is up, and deleted once it is read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(ValidationRun, on_delete=models.CASCADE, related_name="deliveries")
    scanner = models.CharField(max_length=40)
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    received_at = models.DateTimeField(null=True, blank=True)
    content = models.BinaryField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "scanner deliveries"
        ordering: ClassVar[list[str]] = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["run", "scanner"], name="one_delivery_per_scanner"),
            models.CheckConstraint(
                condition=Q(received_at=None, content=None) | Q(received_at__isnull=False, content__isnull=False),
                name="delivery_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scanner} for {self.run_id}"
