"""The fields that a draft and its production Connector share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.db.models.lookups import IContains

from connectors.choices import IntegrationType, mask_of
from connectors.contract import fields
from connectors.contract.fields import Search
from database import texts


def contains(search: Search, text: str) -> Q:
    """Return the condition that one of the fields of a search contains the text, without regard to case."""
    found = Q()
    for field in fields.found_by(search):
        if field.several:
            found |= Q(IContains(Cast(field.column, models.TextField()), text))
        else:
            found |= Q(**{f"{field.column}__icontains": text})
    return found


def has_all(search: Search, words: Sequence[str]) -> Q:
    """Return the condition that each word is in one of the fields of a search, without regard to case."""
    return texts.has_all([field.column for field in fields.found_by(search)], words)


class Content(models.Model):
    """The columns of the fields that both have, of which `connectors.contract.fields` has the rows.

    Empty text is "", which the API shows as null.
    """

    key = models.CharField(max_length=256, null=True, blank=True, unique=True)
    name = models.CharField(max_length=256)
    description = models.TextField(blank=True, default="")
    integration_types = models.JSONField(default=list, blank=True)
    integration_mask = models.PositiveIntegerField(default=0, editable=False)

    creator_name = models.CharField(max_length=256, blank=True, default="")
    creator_title = models.CharField(max_length=256, blank=True, default="")
    creator_email = models.CharField(max_length=256)
    creator_company = models.CharField(max_length=256, blank=True, default="")
    creator_logo_url = models.CharField(max_length=2048, blank=True, default="")
    creator_no_of_contributors = models.PositiveIntegerField(null=True, blank=True)
    creator_support_url = models.CharField(max_length=2048, blank=True, default="")

    repository_url = models.CharField(max_length=2048)
    repository_tag = models.CharField(max_length=256)

    configurations = models.JSONField(default=list, blank=True)
    global_configuration = models.JSONField(null=True, blank=True)
    api_client = models.JSONField(null=True, blank=True)

    private = models.BooleanField(default=True)
    private_projects = models.JSONField(default=list, blank=True)
    supported_regions = models.JSONField(default=list, blank=True)
    documentation_url = models.CharField(max_length=2048, blank=True, default="")

    document = models.TextField(editable=False, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The key, or else the name, for events and commands."""
        return self.key or self.name

    @property
    def creator(self) -> str:
        """Who made it, as far as that is known: the company, or else the contact."""
        return self.creator_company or self.creator_name

    @property
    def integration_labels(self) -> list[str]:
        """The labels of the integration types."""
        return [IntegrationType(value).label for value in self.integration_types]

    def content(self) -> dict[str, Any]:
        """Return what publishing would copy, by attribute."""
        return {name: getattr(self, name) for name in fields.PUBLISHED}

    def take(self, content: dict[str, Any]) -> None:
        """Set attributes and everything derived from them, without saving."""
        for name, value in content.items():
            setattr(self, name, value)
        if "integration_types" in content:
            self.integration_mask = mask_of(content["integration_types"])
