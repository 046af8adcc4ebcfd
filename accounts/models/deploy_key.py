"""Deploy keys: SSH keys with which the portal reads a Project's private repositories."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models.project import Project


class DeployKey(models.Model):
    """An SSH key pair of a Project, for one repository (`owner/name` in lowercase) or, when that is "", for all.

    GitHub accepts a deploy key for only one repository; a key for all belongs to a machine user. `private_sealed` is
    encrypted (`accounts.sealing`) and is never part of a page or a response.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="deploy_keys")
    repository = models.CharField(max_length=220, blank=True, default="")
    public_key = models.TextField()
    fingerprint = models.CharField(max_length=64)
    private_sealed = models.TextField(editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["project", "repository"]
        constraints = [models.UniqueConstraint(fields=["project", "repository"], name="one_deploy_key_per_repository")]

    def __str__(self) -> str:
        return f"{self.repository or 'all repositories'} of {self.project}"
