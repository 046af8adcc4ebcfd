"""API clients: the OAuth 2.0 clients of a Project."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models.project import Project


class ApiClient(models.Model):
    """Links an OAuth client to its Project. The library's row stores the hashed secret and the scopes.

    Disabling one empties its secret and deletes its tokens (`accounts.projects.clients.disable`), so that none of its
    credentials work any more; the row stays for the record.
    """

    client = models.OneToOneField("allauth_idp_oidc.Client", on_delete=models.CASCADE, related_name="api_client")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="api_clients")
    name = models.CharField(max_length=100)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "API client"

    def __str__(self) -> str:
        return f"{self.name} ({self.client_id})"
