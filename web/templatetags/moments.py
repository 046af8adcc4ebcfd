"""Moments in every template: `{{ round.due_at|when }}`."""

from __future__ import annotations

from datetime import datetime

from django import template

from accounts import moments

register = template.Library()


@register.filter
def when(moment: datetime | None) -> str:
    """Return a moment as people say it, an empty text for none."""
    return moments.when(moment) if moment else ""
