"""Projects and their members."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts import naming
from accounts.roles import ProjectRole

KEY_PATTERN = r"^[A-Za-z0-9_-]{2,36}\Z"


def regions() -> list[tuple[str, str]]:
    """Return the regions of this installation as choices."""
    return [(region, region) for region in settings.REGIONS]


class Project(models.Model):
    """A Composable Commerce Project: the owner of ConnectorStaged, API clients and members."""

    key = models.CharField(
        max_length=36,
        unique=True,
        validators=[RegexValidator(KEY_PATTERN, "Use 2 to 36 letters, digits, hyphens and underscores.")],
    )
    name = models.CharField(max_length=256, validators=[naming.validate])
    region = models.CharField(max_length=64, choices=regions)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="projects")

    class Meta:
        ordering = ["name", "key"]
        constraints = [models.CheckConstraint(condition=~Q(key=""), name="project_has_a_key")]

    def __str__(self) -> str:
        return self.name or self.key

    @property
    def identifier(self) -> str:
        """The contract's ProjectIdentifier, `region:key`."""
        return f"{self.region}:{self.key}"


class Membership(models.Model):
    """One person's role in one Project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=ProjectRole.choices, default=ProjectRole.DEVELOPER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["project", "user"]
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_membership_per_project")]

    def __str__(self) -> str:
        return f"{self.user} in {self.project} ({self.get_role_display()})"
