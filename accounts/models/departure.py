"""Who left a Project, and until when they still count as belonging to it where it is reviewed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models.project import Project


class Departure(models.Model):
    """The last time somebody left a Project, by themselves or removed by an owner.

    `barred_until` is fixed when they leave: `REVIEW_BAR_DAYS` later.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="departures")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="departures")
    left_at = models.DateTimeField(default=timezone.now)
    barred_until = models.DateTimeField()

    class Meta:
        ordering = ["-left_at"]
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_departure_per_project")]

    def __str__(self) -> str:
        return f"{self.user} left {self.project}"
