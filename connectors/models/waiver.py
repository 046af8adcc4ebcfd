"""Waivers: findings that do not block, with an approved reason and an end date."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connectors.models.staged import ConnectorStaged


class WaiverQuerySet(models.QuerySet["Waiver"]):
    """Queries waivers."""

    def active(self, *, now: datetime) -> WaiverQuerySet:
        """Return those that are active at a given time: approved, not revoked, not expired."""
        return self.filter(approved_at__lte=now, revoked_at=None, expires_at__gt=now)


class Waiver(models.Model):
    """One waiver of one connector. It applies to later versions as well.

    Proposed by one reviewer and approved by another; the certificate lists the active ones. `certification.waivers`
    has the verbs.
    """

    class Scope(models.TextChoices):
        """The scope of a waiver."""

        FINDING = "finding", "This finding"
        PLACE = "place", "A rule in a file or folder"
        ADVISORY = "advisory", "An advisory for a package"

    draft = models.ForeignKey(ConnectorStaged, on_delete=models.CASCADE, related_name="waivers")
    scope = models.CharField(max_length=8, choices=Scope.choices)
    rule = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    path = models.TextField(blank=True, default="")
    package = models.CharField(max_length=300, blank=True, default="")
    advisory = models.CharField(max_length=100, blank=True, default="")
    title = models.CharField(max_length=300)
    reason = models.TextField(max_length=5000)
    false_alarm = models.BooleanField(default=False)

    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_by_label = models.CharField(max_length=256)
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by_label = models.CharField(max_length=256, blank=True, default="")
    approved_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    expiry_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by_label = models.CharField(max_length=256, blank=True, default="")

    objects = WaiverQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-proposed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="finding") & ~Q(fingerprint="")
                | Q(scope="place") & ~Q(path="")
                | Q(scope="advisory") & ~Q(package="") & ~Q(advisory=""),
                name="waiver_scope_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by_label="")
                | Q(approved_at__isnull=False) & ~Q(approved_by_label=""),
                name="waiver_approval_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by_label="")
                | Q(revoked_at__isnull=False) & ~Q(revoked_by_label=""),
                name="waiver_revocation_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="waiver_by_expiry")]

    def __str__(self) -> str:
        return self.title

    def state_at(self, now: datetime) -> str:
        """Return the state of the waiver: proposed, active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at <= now:
            return "expired"
        return "proposed" if self.approved_at is None else "active"
