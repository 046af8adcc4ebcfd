"""Rounds: one pinned commit on its way to a decision, and the reviewers' answers."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Project
from certification.choices import Awaits, Decision, Escalation, FailReason, RoundKind, Turn, answer_kinds
from connectors.choices import ConnectorStatus
from connectors.models import CertificationComment, ConnectorStaged, ValidationRun

OPEN = Q(decided_at=None)


class RoundQuerySet(models.QuerySet["Round"]):
    """Queries of rounds."""

    def open(self) -> RoundQuerySet:
        """Return the rounds without a decision: at most one for each draft."""
        return self.filter(OPEN)


class Round(models.Model):
    """One round. `certification.rounds.rounds` opens and closes it, `certification.decisions` moves it.

    The columns in the second half are copied from draft and run, so that the queue reads one table. The draft is
    frozen while a round is open, so they cannot become stale; a receiver of `draft_changed` updates `status`.

    The three columns about the tag have the result of the last lookup before a certificate, given or refused.
    """

    draft = models.ForeignKey(ConnectorStaged, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=RoundKind.choices)
    tag = models.CharField(max_length=256)
    commit = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)
    run = models.ForeignKey(ValidationRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="rounds")
    version = models.PositiveIntegerField(default=1)
    tag_commit = models.CharField(max_length=64, blank=True, default="", editable=False)
    tag_problem = models.CharField(max_length=300, blank=True, default="", editable=False)
    tag_looked_up_at = models.DateTimeField(null=True, blank=True, editable=False)

    turn = models.CharField(max_length=10, choices=Turn.choices, default=Turn.REVIEWER)
    awaits = models.CharField(max_length=8, choices=Awaits.choices, default=Awaits.REVIEW)
    turn_since = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    clock_left = models.DurationField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    reviewer_time = models.DurationField(default=timedelta)
    developer_time = models.DurationField(default=timedelta)
    system_time = models.DurationField(default=timedelta)

    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="rounds"
    )
    escalated_to = models.CharField(max_length=8, choices=Escalation.choices, blank=True, default="")
    opened_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    first_answer_at = models.DateTimeField(null=True, blank=True)

    decision = models.CharField(max_length=12, choices=Decision.choices, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_by_label = models.CharField(max_length=256, blank=True, default="")
    reason = models.CharField(max_length=16, choices=FailReason.choices, blank=True, default="")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rounds")
    status = models.CharField(max_length=24, choices=ConnectorStatus.choices)
    name = models.CharField(max_length=256)
    key = models.CharField(max_length=256, blank=True, default="")
    integration_mask = models.PositiveIntegerField(default=0)
    application_mask = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=list, blank=True)
    blocking = models.PositiveIntegerField(default=0)
    new_findings = models.PositiveIntegerField(default=0)
    did_not_run = models.PositiveIntegerField(default=0)
    changed_files = models.PositiveIntegerField(null=True, blank=True)
    breaking = models.BooleanField(default=False)
    listing_digest = models.CharField(max_length=64, blank=True, default="", editable=False)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="one_round_per_number"),
            models.UniqueConstraint(fields=["draft"], condition=OPEN, name="one_open_round_per_draft"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, decided_by_label="", decided_by=None, reason="")
                | (~Q(decision="") & Q(decided_at__isnull=False) & ~Q(decided_by_label="")),
                name="round_decision_is_whole",
            ),
            models.CheckConstraint(condition=~Q(decision=Decision.FAILED, reason=""), name="round_failure_has_reason"),
            models.CheckConstraint(condition=Q(turn__in=Turn.values), name="round_turn_is_known"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="round_open_by_due", condition=OPEN),
            # The columns after the id are not searched: with them, the queue's counters need only the index.
            models.Index(
                fields=["turn", "due_at", "id", "assignee", "project"], name="round_open_by_turn", condition=OPEN
            ),
            models.Index(fields=["assignee", "due_at", "id"], name="round_open_by_assignee", condition=OPEN),
            models.Index(fields=["escalated_to", "due_at", "id"], name="round_open_by_escalation", condition=OPEN),
            models.Index(fields=["status", "due_at", "id", "decided_at"], name="round_by_status"),
            models.Index(fields=["project", "due_at", "id"], name="round_by_project"),
            models.Index(fields=["decided_at", "id"], name="round_by_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.tag}, round {self.number}"

    @property
    def label(self) -> str:
        """The key where there is one, else the name."""
        return self.key or self.name

    @property
    def is_open(self) -> bool:
        """Whether no decision has ended it yet."""
        return self.decided_at is None


class Answer(models.Model):
    """One answer of a reviewer: the public comment, and its kind. It is stored once, even if the form is sent twice.

    `token` comes from the page's form; the unique constraint refuses the same form a second time.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="answers")
    kind = models.CharField(max_length=32, choices=answer_kinds)
    text = models.TextField(blank=True)
    reason = models.CharField(max_length=16, choices=FailReason.choices, blank=True, default="")
    comment = models.OneToOneField(
        CertificationComment, null=True, blank=True, on_delete=models.SET_NULL, related_name="answer"
    )
    commit = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    token = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        indexes = [models.Index(fields=["kind", "at"], name="answer_by_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"
