"""Invitations to a Project."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.project import Project
from accounts.roles import ProjectRole


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Finds invitations."""

    def open(self, *, now: datetime) -> InvitationQuerySet:
        """Return those that somebody can still accept."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """A membership offered to an e-mail address. Only the hash of the link's token is stored."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=ProjectRole.choices, default=ProjectRole.DEVELOPER)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_per_address",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_ends_in_one_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.project}"


class InvitedAddress(models.Model):
    """An address that was invited, as a hash: locked while an invitation counts its mails, and who refused more.

    `refused_at` says that its owner wants no mail of any invitation.
    """

    address_hash = models.CharField(max_length=64, unique=True, editable=False)
    refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        verbose_name_plural = "invited addresses"

    def __str__(self) -> str:
        return self.address_hash[:12]
