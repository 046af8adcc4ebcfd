"""The columns of every fetch that a worker does on request."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone


class Fetch(models.Model):
    """A question to a repository's host, asked by a worker. `connectors.fetches` claims and ends it.

    `since` is the moment of the last change of state; it also distinguishes the claims of workers. `problem` says why
    a fetch failed, and `fix` what to do.
    """

    class State(models.TextChoices):
        """The state of the fetch."""

        QUEUED = "queued", "Waiting for a worker"
        RUNNING = "running", "Being fetched"
        DONE = "done", "Fetched"
        FAILED = "failed", "Could not be fetched"

    OPEN = (State.QUEUED, State.RUNNING)

    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    since = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    fix = models.TextField(blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether it is queued or running."""
        return self.state in self.OPEN

    def is_late(self, *, now: datetime, patience: timedelta) -> bool:
        """Return whether it is still open although nothing has happened to it for this long."""
        return self.is_open and self.since < now - patience
