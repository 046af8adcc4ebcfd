"""Validation runs of commits, with the results of each check and their findings."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connectors.models.staged import ConnectorStaged


class ValidationRun(models.Model):
    """A run. This row is authoritative, the queue only carries its id. Claimed by a conditional UPDATE with a lease."""

    class Kind(models.TextChoices):
        """The purpose of a run."""

        PUBLISH = "publish", "Publish"
        PREVIEW = "preview", "Preview"
        CONFIGURATION = "configuration", "Read connect.yaml"
        RECHECK = "recheck", "Check again"

    class State(models.TextChoices):
        """The state of a run. `superseded`: the draft changed before it finished."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        ERRORED = "errored", "Did not run"
        SUPERSEDED = "superseded", "Superseded"

    OPEN = (State.QUEUED, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(ConnectorStaged, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    certification = models.BooleanField(default=False)
    url = models.CharField(max_length=2048)
    tag = models.CharField(max_length=256)
    commit = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)
    rule_pack = models.CharField(max_length=64, blank=True)
    tools = models.JSONField(default=dict)
    entries = models.JSONField(default=list)
    requested_by = models.CharField(max_length=256, blank=True)

    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-queued_at", "id"]
        indexes = [
            models.Index(fields=["draft", "-queued_at"], name="run_by_draft"),
            models.Index(fields=["state", "not_before"], name="run_open", condition=Q(state__in=("queued", "running"))),
            # The next Project depends on who had the last turns.
            models.Index(fields=["started_at"], name="run_by_start"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lease=None, lease_expires_at=None) | Q(lease__isnull=False, lease_expires_at__isnull=False),
                name="run_lease_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.tag} ({self.get_state_display()})"

    @property
    def is_open(self) -> bool:
        """Whether it is waiting or running."""
        return self.state in self.OPEN


class CheckResult(models.Model):
    """The result of one check in one run, or its state while the run is active."""

    class Outcome(models.TextChoices):
        """The three outcomes, and the two states before them."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        DID_NOT_RUN = "did not run", "Did not run"

    run = models.ForeignKey(ValidationRun, on_delete=models.CASCADE, related_name="results")
    check_id = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    level = models.CharField(max_length=10)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.QUEUED)
    detail = models.TextField(blank=True)
    tool = models.CharField(max_length=120, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "check_id"], name="one_result_per_check")]

    def __str__(self) -> str:
        return f"{self.check_id}: {self.outcome}"


class Finding(models.Model):
    """One problem that a check found, at one place of the pinned commit."""

    run = models.ForeignKey(ValidationRun, on_delete=models.CASCADE, related_name="findings")
    check_id = models.CharField(max_length=64)
    rule = models.CharField(max_length=200)
    severity = models.CharField(max_length=8)
    message = models.TextField()
    fix = models.TextField(blank=True)
    application = models.CharField(max_length=256, blank=True)
    path = models.TextField(blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    column = models.PositiveIntegerField(null=True, blank=True)
    snippet = models.TextField(blank=True)
    package = models.CharField(max_length=300, blank=True)
    advisory = models.CharField(max_length=100, blank=True)
    fingerprint = models.CharField(max_length=64, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "id"]

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{self.rule} {place}".strip()
