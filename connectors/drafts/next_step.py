"""The next step for a draft: whose turn it is, until when, and what to do. The first sentence of its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.choices import ConnectorStatus
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs


class Who(StrEnum):
    """Who a draft can wait for, or nobody."""

    DEVELOPER = "developer"
    REVIEWER = "reviewer"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True)
class NextStep:
    """Who acts next, as a word, a title and one sentence; `until` is an expected time or a deadline.

    `again` means that the same tag may be published again, `wants_tag` that another tag must be chosen first.
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
    "This is a fault on our side, not in the connector. Publish the same tag again to repeat the checks.",
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
        sentence = f"Tag {tried.tag} failed. You have chosen tag {draft.repository_tag}: publish it to run the checks."
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence)
    return unread or for_draft(draft)


def _is_of_chosen_tag(run: ValidationRun, draft: ConnectorStaged) -> bool:
    return (run.url, run.tag) == (draft.repository_url, draft.repository_tag)


def _unread(run: ValidationRun) -> NextStep | None:
    """Return the turn of a draft whose connect.yaml is not known, by the run that reads it; None for one that is."""
    if run.is_open:
        sentence = f"connect.yaml is being read at tag {run.tag}. Review the configuration when it appears."
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence)
    if run.state == ValidationRun.State.FAILED:
        sentence = (
            f"connect.yaml at tag {run.tag} cannot be used. Fix the findings below, push a new tag and choose it."
        )
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, wants_tag=True)
    if run.state == ValidationRun.State.ERRORED:
        sentence = (
            f"connect.yaml could not be read at tag {run.tag}. This is a fault on our side, not in the connector; "
            "it is read again when you publish."
        )
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence)
    return None


def for_draft(draft: ConnectorStaged) -> NextStep:
    """Return the next step according to the status alone. The certification app adds what a review knows."""
    match draft.status:
        case ConnectorStatus.DRAFT:
            return NextStep(
                Who.DEVELOPER,
                "It is your turn.",
                "Review the configuration from connect.yaml, then publish privately or submit for certification.",
            )
        case ConnectorStatus.PROCESSING:
            return NextStep(
                Who.SYSTEM,
                "The checks are running.",
                f"Nothing for you to do: tag {draft.repository_tag} is being checked. The result appears here.",
            )
        case ConnectorStatus.READY_FOR_CERTIFICATION:
            return NextStep(
                Who.REVIEWER,
                "It is the reviewers’ turn.",
                "All required checks passed, and a reviewer will start. You can still comment.",
            )
        case ConnectorStatus.IN_CERTIFICATION:
            return NextStep(
                Who.REVIEWER,
                "It is the reviewer’s turn.",
                "A reviewer is reading the code. Questions appear below; you can comment at any time.",
            )
        case ConnectorStatus.FAILED:
            return NextStep(
                Who.DEVELOPER,
                "It is your turn.",
                "The last attempt failed. Fix the findings in the report, push a new tag, choose it and publish again.",
                wants_tag=True,
            )
        case _ if draft.has_changes:
            return NextStep(
                Who.DEVELOPER,
                "It is your turn.",
                "You have unpublished changes. Clients keep the published version until you publish them.",
            )
        case _ if draft.certified and not draft.already_listed:
            return NextStep(
                Who.NOBODY,
                "The Connector is unlisted.",
                "It is not in search and catalog. Its own page still works, and so do Deployments.",
            )
        case _:
            return NextStep(Who.NOBODY, "Everything is published.", "Choose a new tag when you have one.")
