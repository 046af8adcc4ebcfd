"""Whose turn it is with a draft, until when, and what to do next: the first sentence of its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.choices import ConnectorStatus
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs


class Who(StrEnum):
    """The three that a draft can wait for, and nobody."""

    DEVELOPER = "developer"
    REVIEWER = "reviewer"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True)
class NextStep:
    """Who acts next, in a word, as a title and in one sentence; `until` is a promise or a deadline.

    `again` says that the same tag may be published once more as it is, `wants_tag` that another tag has to come first.
    """

    who: Who
    title: str
    sentence: str
    until: datetime | None = None
    again: bool = False
    wants_tag: bool = False


AGAIN = NextStep(
    Who.DEVELOPER,
    "The checks could not be completed.",
    "This is a fault on our side and not in the connector. Publish the same tag again to have it checked once more.",
    again=True,
)
"""The turn of a draft that failed because a required check did not run."""


def in_full(draft: ConnectorStaged) -> NextStep:
    """Return the turn with what the last runs tell of the tag that is chosen now, for the draft's own page."""
    if draft.frozen:
        return for_draft(draft)
    tried = runs.newest(draft, kind=ValidationRun.Kind.PUBLISH)
    if tried is not None and _is_of_chosen_tag(tried, draft):
        return for_draft(draft)
    read = runs.newest(draft, kind=ValidationRun.Kind.CONFIGURATION)
    unread = _unread(read) if read is not None and _is_of_chosen_tag(read, draft) else None
    if unread is None and tried is not None and draft.status == ConnectorStatus.FAILED:
        sentence = f"Tag {tried.tag} failed. You chose tag {draft.repository_tag} since: publish it to have it checked."
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence)
    return unread or for_draft(draft)


def _is_of_chosen_tag(run: ValidationRun, draft: ConnectorStaged) -> bool:
    return (run.url, run.tag) == (draft.repository_url, draft.repository_tag)


def _unread(run: ValidationRun) -> NextStep | None:
    """Return the turn of a draft whose connect.yaml is not known, by the run that reads it; None for one that is."""
    if run.is_open:
        sentence = f"connect.yaml is being read at tag {run.tag}. Look over the configuration when it is here."
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence)
    if run.state == ValidationRun.State.FAILED:
        sentence = (
            f"connect.yaml at tag {run.tag} cannot be used. Fix the findings below, push a new tag and choose it."
        )
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, wants_tag=True)
    if run.state == ValidationRun.State.ERRORED:
        sentence = (
            f"connect.yaml could not be read at tag {run.tag}. This is a fault on our side and not in the connector; "
            "publishing reads it again."
        )
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence)
    return None


def for_draft(draft: ConnectorStaged) -> NextStep:
    """Return the turn as far as the status tells it. What a review adds is told by the floor above."""
    match draft.status:
        case ConnectorStatus.DRAFT:
            return NextStep(
                Who.DEVELOPER,
                "It is your turn.",
                "Look over the configuration that was read from connect.yaml, then publish privately or submit for "
                "certification.",
            )
        case ConnectorStatus.PROCESSING:
            return NextStep(
                Who.SYSTEM,
                "The checks are running.",
                f"Nothing to do for you: tag {draft.repository_tag} is fetched and checked; the result appears here.",
            )
        case ConnectorStatus.READY_FOR_CERTIFICATION:
            return NextStep(
                Who.REVIEWER,
                "It is the reviewers’ turn.",
                "All required checks passed and a reviewer will begin. You may still comment.",
            )
        case ConnectorStatus.IN_CERTIFICATION:
            return NextStep(
                Who.REVIEWER,
                "It is the reviewer’s turn.",
                "Somebody is looking at the code. Questions appear below; you may comment at any time.",
            )
        case ConnectorStatus.FAILED:
            return NextStep(
                Who.DEVELOPER,
                "It is your turn.",
                "The last attempt failed. Mend what the report names, push a new tag, choose it and publish again.",
                wants_tag=True,
            )
        case _ if draft.has_changes:
            return NextStep(
                Who.DEVELOPER,
                "It is your turn.",
                "You have changes that are not published. Clients keep the published version until you publish them.",
            )
        case _ if draft.certified and not draft.already_listed:
            return NextStep(
                Who.NOBODY,
                "The Connector is unlisted.",
                "Search and catalogue do not show it. Its own address still answers, and Deployments keep working.",
            )
        case _:
            return NextStep(Who.NOBODY, "Everything is published.", "Choose a new tag when you have one.")
