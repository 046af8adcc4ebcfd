"""The published criteria, and the verdicts on them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import naming
from certification.models.round import Round


class Criterion(models.Model):
    """One requirement for the certificate, as developers read it. `checks` are the ids of the checks that prove it.

    `inputs` are patterns of the paths that it depends on. As long as those files and the results of its checks are the
    same, a verdict is carried over to the next version.
    """

    class Level(models.TextChoices):
        """Whether a failure stops the certificate."""

        MUST = "must", "Must"
        SHOULD = "should", "Should"

    key = models.SlugField(max_length=60, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    group = models.CharField(max_length=60, validators=[naming.validate])
    title = models.CharField(max_length=160, validators=[naming.validate])
    text = models.TextField()
    level = models.CharField(max_length=6, choices=Level.choices, default=Level.MUST)
    checks = models.JSONField(default=list, blank=True)
    inputs = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        verbose_name_plural = "criteria"

    def __str__(self) -> str:
        return self.title


class Verdict(models.Model):
    """The decision on one criterion in one round. `version` shows whether a page is stale."""

    class Value(models.TextChoices):
        """The four verdicts. `carried` counts as passed: the verdict is that of an earlier round."""

        PASS = "pass", "Pass"
        FAIL = "fail", "Fail"
        NOT_APPLICABLE = "n/a", "Not applicable"
        CARRIED = "carried", "Carried over"

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="verdicts")
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="verdicts")
    value = models.CharField(max_length=8, choices=Value.choices)
    comment = models.TextField(blank=True, max_length=5000)
    carried_from = models.ForeignKey(Round, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["criterion__position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "criterion"], name="one_verdict_per_criterion"),
            models.CheckConstraint(condition=~Q(value="fail", comment=""), name="verdict_failure_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.get_value_display()}"
