"""The production Connector: the version that clients find, read-only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from accounts.models import Project
from connectors.models.content import Content
from connectors.models.staged import ConnectorStaged
from connectors.models.words_field import WordsField

LISTED = Q(unlisted_at=None)


class ConnectorQuerySet(models.QuerySet["Connector"]):
    """Queries production Connectors for the pages; the API uses `connectors.store.sql_conditions`."""

    def listed(self) -> ConnectorQuerySet:
        """Return those in search and catalog."""
        return self.filter(LISTED)


class Connector(Content):
    """The published copy of a draft, with its id and key. Written only by publishing and unlisting.

    `certified` tells of its last release: the certificate is given and the row written in one transaction, and what is
    published for private use later loses it in the same way. Everything that needs a valid certificate checks this.
    """

    staged = models.OneToOneField(
        ConnectorStaged, primary_key=True, on_delete=models.PROTECT, related_name="production", db_column="id"
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="connectors")
    version = models.PositiveIntegerField(default=1)
    certified = models.BooleanField(default=False)
    commit = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(default=timezone.now)
    unlisted_at = models.DateTimeField(null=True, blank=True)
    words = WordsField(editable=False, default="")

    objects = ConnectorQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-published_at", "staged_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(certified=False) | Q(private=False), name="connector_certified_is_public"
            )
        ]
        indexes = [
            models.Index(fields=["-published_at", "staged"], name="connector_by_publication", condition=LISTED),
            models.Index(fields=["name", "staged"], name="connector_by_name", condition=LISTED),
            models.Index(Upper("creator_company"), name="connector_by_company", condition=LISTED),
        ]


class Access(models.Model):
    """One Project that may use a private Connector: the rows of `privateProjects`, so that the database can search
    them."""

    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="access")
    identifier = models.CharField(max_length=256, db_index=True)

    class Meta:
        verbose_name_plural = "access"
        constraints = [models.UniqueConstraint(fields=["connector", "identifier"], name="one_access_per_project")]

    def __str__(self) -> str:
        return self.identifier


class Release(models.Model):
    """One publication: what was published, from which commit, by whom. Kept forever."""

    draft = models.ForeignKey(ConnectorStaged, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    certified = models.BooleanField()
    tag = models.CharField(max_length=256)
    commit = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)
    content = models.JSONField()
    run = models.ForeignKey("ValidationRun", null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(default=timezone.now)
    released_by = models.CharField(max_length=256)

    class Meta:
        ordering: ClassVar[list[str]] = ["draft", "-number"]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="one_release_per_number")]

    def __str__(self) -> str:
        return f"{self.draft} {self.tag}"
