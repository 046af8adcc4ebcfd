"""The page that a notification links to, and further pages for its mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from accounts.models import Event
from certification.notifications.kinds import Side

PARTS: dict[str, str] = {
    "connector:commented": "#conversation",
    "certification:reminded": "#requests",
    "connector:rejected": "#checks",
}
"""The part of the draft's page for an event; `certification.decisions` adds those of the reviewers' decisions."""

REVIEW_PARTS = {
    "connector:commented": "#conversation",
    "round:escalated": "#notes",
    "waiver:proposed": "#findings",
}


@dataclass(frozen=True)
class Destination:
    """A page that a mail may link to: the link's text, the name of the URL, and a fragment or query."""

    label: str
    name: str
    part: str = ""


PAGES: Mapping[str, Destination] = {
    "connector": Destination("The Connector’s page", "catalog_connector"),
    "certificate": Destination("The certificate", "certificate"),
    "badge": Destination("The badge for your README", "draft", "#badge-title"),
    "tag": Destination("Choose a new tag", "draft_tag"),
    "resubmit": Destination("Choose a new tag", "draft_resubmit"),
    "publish": Destination("Submit for certification", "draft_publish", "?how=certification"),
    "appeal": Destination("Appeal", "draft_appeal"),
}


def pages(names: tuple[str, ...], event: Event) -> Iterator[tuple[str, str]]:
    """Yield text and absolute URL of each of these pages of the event's connector."""
    for page in (PAGES[name] for name in names):
        yield page.label, settings.PUBLIC_URL + reverse(page.name, args=[event.subject_id]) + page.part


def path_for(side: Side, event: Event, *, gone: bool = False) -> str:
    """Return the path of the page that shows an event: the draft for developers, the review for reviewers."""
    if event.subject_type == "webhook":
        return reverse("project_webhook", args=[event.project_key, event.subject_id])
    if gone:
        return reverse("drafts") if side is Side.DEVELOPERS else reverse("queue")
    if side is Side.REVIEWER:
        return reverse("review", args=[event.subject_id]) + REVIEW_PARTS.get(event.name, "")
    return reverse("draft", args=[event.subject_id]) + PARTS.get(event.name, "")
