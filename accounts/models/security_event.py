"""What happened around a person's account, for their own eyes."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class SecurityEvent(models.Model):
    """One sign-in, failed sign-in, or change of how somebody gets in, with where it came from.

    A table of its own, because the event log is never deleted and these rows are personal data: they go after
    `SECURITY_EVENTS_DAYS`, and with the person. `what` is what was added or removed, never a secret.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="security_events")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=32)
    what = models.CharField(max_length=256, blank=True)
    project_key = models.CharField(max_length=36, blank=True)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="security_event_of_user")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user}"
