"""The settings of the reviewers' desk: time limits, holidays, approval rules, saved views; and who has what open."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from accounts import naming
from certification.choices import RoundKind
from certification.models.round import Round
from connectors.choices import IntegrationType


class TimeLimit(models.Model):
    """How many business days a step of the review may take."""

    class For(models.TextChoices):
        """The limited step: the reviewers' decision by kind of round, or the developer's answer."""

        FIRST = "first", "Review of a first submission"
        UPDATE = "update", "Review of an update"
        APPEAL = "appeal", "Review of an appeal"
        ANSWER = "answer", "Developer's answer to a question"
        CHANGES = "changes", "Developer's work on requested changes"
        REMINDER = "reminder", "Reminder, before the developer's time is over"

    limits = models.CharField("for", max_length=8, choices=For.choices, unique=True)
    business_days = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.get_limits_display()}: {self.business_days} business days"


class Holiday(models.Model):
    """A day that is not a business day, besides Saturdays and Sundays."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=120, validators=[naming.validate])

    class Meta:
        ordering: ClassVar[list[str]] = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class ApprovalRule(models.Model):
    """When a certificate needs a second reviewer: a round needs one if any active rule applies."""

    name = models.CharField(max_length=120, unique=True, validators=[naming.validate])
    active = models.BooleanField(default=True)
    integration_type = models.CharField(
        max_length=20, choices=IntegrationType.choices, blank=True, help_text="Empty: every integration type."
    )
    kind = models.CharField(max_length=8, choices=RoundKind.choices, blank=True, help_text="Empty: every kind.")
    breaking_only = models.BooleanField(default=False, help_text="Only for versions that break what is installed.")
    share = models.PositiveSmallIntegerField(
        "share in percent",
        default=100,
        validators=[MaxValueValidator(100)],
        help_text="Of the rounds that fit, this share is drawn at random. The draw of a round never changes.",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Approval(models.Model):
    """The first of two signatures of a certificate."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=256)
    commit = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["at"]
        constraints = [models.UniqueConstraint(fields=["round", "by"], name="one_approval_per_person")]

    def __str__(self) -> str:
        return f"{self.round} by {self.by_label}"


class SavedView(models.Model):
    """A named set of the queue's filters, for one person or for all."""

    name = models.CharField(max_length=60, validators=[naming.validate])
    query = models.CharField(max_length=1000, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_view_per_name")]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Somebody who has a review open, according to their browser's last message."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-seen_at"]
        constraints = [models.UniqueConstraint(fields=["round", "user"], name="one_presence_per_person")]

    def __str__(self) -> str:
        return f"{self.user} at {self.round}"
