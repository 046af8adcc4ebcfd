"""Where a notification leads."""

from __future__ import annotations

from django.urls import reverse

from accounts.models import Event
from certification.notifications.kinds import Side

PARTS = {
    "connector:commented": "#conversation",
    "certification:question-asked": "#conversation",
    "certification:changes-requested": "#requests",
    "connector:rejected": "#checks",
}


def path_for(side: Side, event: Event, *, gone: bool = False) -> str:
    """Return the path of the page that shows it: the draft's for developers, the review for the reviewer."""
    if gone:
        return reverse("drafts") if side is Side.DEVELOPERS else reverse("queue")
    if side is Side.REVIEWER:
        return reverse("review", args=[event.subject_id])
    return reverse("draft", args=[event.subject_id]) + PARTS.get(event.name, "")
