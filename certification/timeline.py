"""What happened to a connector, from the event log, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Event
from certification.models import Round

SHOWN = 100

WORDS: Mapping[str, tuple[str, str]] = {
    "connector:created": ("plus", "created the draft"),
    "connector:updated": ("edit", "changed the listing"),
    "connector:repository-set": ("git-branch", "chose another repository or tag"),
    "connector:access-changed": ("users", "changed who may use it"),
    "connector:publish-requested": ("cloud-upload", "asked for publication"),
    "connector:preview-requested": ("eye", "asked for the previewable status"),
    "connector:admitted": ("checks", "passed it on to the reviewers"),
    "connector:rejected": ("circle-x", "stopped it"),
    "connector:commented": ("message", "commented"),
    "connector:published": ("rosette-discount-check", "published it"),
    "connector:unlisted": ("eye-off", "unlisted it"),
    "round:opened": ("flag", "opened a round"),
    "round:claimed": ("user-check", "took over the review"),
    "certification:started": ("zoom-check", "started the certification"),
    "certification:certified": ("certificate", "certified it"),
    "certification:failed": ("alert-octagon", "refused the certificate"),
    "certification:question-answered": ("message-2", "answered the question"),
}
"""Icon and words for each event of a connector; an event that is not here is shown by its name."""


@dataclass(frozen=True)
class Item:
    """One line of the timeline, in the shape that the component wants."""

    icon: str
    title: str
    at: datetime
    by: str
    note: str = ""
    status: str = ""


def of(row: Round, *, most: int = SHOWN) -> list[Item]:
    """Return the last events of a round's connector, the newest first."""
    events = Event.objects.filter(subject_type="connector", subject_id=str(row.draft_id)).order_by("-id")[:most]
    return [item(event) for event in events]


def item(event: Event) -> Item:
    """Return an event in words."""
    icon, title = WORDS.get(event.name, ("point", event.name.replace(":", " ").replace("-", " ")))
    return Item(
        icon=icon,
        title=title,
        at=event.at,
        by=event.actor_label,
        note=f"commit {event.commit[:10]}" if event.commit else "",
        status=event.status_to if event.status_to != event.status_from else "",
    )


def sentence(event: Event) -> str:
    """Return an event as one sentence."""
    found = item(event)
    return f"{found.by or 'The portal'} {found.title}."
