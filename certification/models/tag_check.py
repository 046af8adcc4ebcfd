"""Lookups of a round's tag before a certificate."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from certification.models.round import Round
from connectors.models import Fetch


class TagCheck(Fetch):
    """The lookup of a round's tag by a worker, the last one that somebody asked for.

    `certification.rounds.rounds.keep_tag` stores its result with the round, which keeps it during the next lookup.
    """

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="tag_check")
    tag = models.CharField(max_length=256)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    commit = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-since", "-id"]
        indexes = [models.Index(fields=["since"], name="tag_check_open", condition=Q(state__in=("queued", "running")))]

    def __str__(self) -> str:
        return f"{self.tag} ({self.get_state_display()})"
