"""Which events are told, to whom, in which words, and as which type of webhook message. docs/webhooks.md lists them.

An event that is not in this table is told to nobody: what is private among reviewers has no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from accounts.models import Event
from accounts.webhooks import kinds as webhook_kinds
from certification.models import Preference
from connectors.models import ValidationRun

NOW, DIGEST, OFF = Preference.Way.NOW, Preference.Way.DIGEST, Preference.Way.OFF


class Side(StrEnum):
    """Whom an event concerns."""

    DEVELOPERS = "developers"
    REVIEWER = "reviewer"


@dataclass(frozen=True)
class Kind:
    """A group of events that somebody wants to hear of in the same way, or not."""

    id: str
    title: str
    help: str
    side: Side
    mail: str


KINDS: Mapping[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind("turn", "Your turn", "A question, requested changes, failed checks, a deadline.", Side.DEVELOPERS, NOW),
        Kind("decision", "Decisions", "Certified, refused, published.", Side.DEVELOPERS, NOW),
        Kind("comment", "Comments", "Somebody wrote in a conversation.", Side.DEVELOPERS, NOW),
        Kind("progress", "Progress", "A review began, a preview was checked.", Side.DEVELOPERS, DIGEST),
        Kind("team", "Your colleagues", "What others in your Projects did.", Side.DEVELOPERS, OFF),
        Kind("review", "Your reviews", "What developers did in the reviews you have.", Side.REVIEWER, NOW),
    )
}


@dataclass(frozen=True)
class Notice:
    """How an event is told to one side: kind of preference, title, and one sentence."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True)
class Topic:
    """One event: what developers and the reviewer are told, and the type of its webhook message ("" for none)."""

    webhook: str = ""
    webhook_title: str = ""
    developers: Notice | None = None
    reviewer: Notice | None = None


TOPICS: Mapping[str, Topic] = {
    "connector:publish-requested": Topic(
        "connector.publish_requested",
        "Publication was asked for",
        developers=Notice("team", "Publication asked for", "{actor} asked to publish tag {tag}. The checks run."),
    ),
    "connector:admitted": Topic(
        "connector.ready_for_certification",
        "The checks passed, a reviewer may begin",
        developers=Notice("progress", "The checks passed", "It is the reviewers’ turn now. {certificate}"),
        reviewer=Notice("review", "A new tag is ready", "The checks of tag {tag} passed; it is your turn."),
    ),
    "connector:rejected": Topic(
        "connector.failed",
        "The checks found an error, or could not run",
        developers=Notice("turn", "The checks failed", "Tag {tag} did not pass. The report says why, and what to do."),
        reviewer=Notice("review", "The checks failed", "Tag {tag} did not pass the checks; the review has ended."),
    ),
    "connector:published": Topic(
        "connector.published",
        "A version was published",
        developers=Notice("decision", "Published", "Tag {tag} is published."),
    ),
    "connector:preview-granted": Topic(
        "connector.preview_granted",
        "The draft is previewable",
        developers=Notice("progress", "Previewable", "The checks passed: tag {tag} can be previewed."),
    ),
    "connector:preview-refused": Topic(
        "connector.preview_refused",
        "The draft is not previewable",
        developers=Notice("progress", "Not previewable", "Tag {tag} did not pass the checks for a preview."),
    ),
    "connector:unlisted": Topic(
        "connector.unlisted",
        "The Connector was taken from the catalogue",
        developers=Notice("team", "Unlisted", "{actor} took the Connector from search and catalogue."),
    ),
    "connector:listed": Topic(
        "connector.listed",
        "The Connector is in the catalogue again",
        developers=Notice("team", "Listed again", "{actor} listed the Connector in search and catalogue again."),
    ),
    "connector:deleted": Topic(
        "connector.deleted",
        "The draft was deleted",
        developers=Notice("team", "Deleted", "{actor} deleted the draft."),
    ),
    "connector:commented": Topic(
        "connector.commented",
        "Somebody commented",
        developers=Notice("comment", "New comment", "{comment}"),
        reviewer=Notice("review", "The developer commented", "{comment}"),
    ),
    "connector:withdrawn": Topic(
        "connector.withdrawn",
        "The request for certification was withdrawn",
        developers=Notice("team", "Withdrawn", "{actor} withdrew the request for certification."),
        reviewer=Notice("review", "Withdrawn", "The developer withdrew the request. Nothing to do for you."),
    ),
    "connector:resubmitted": Topic(
        "connector.resubmitted",
        "Another tag was handed in during the review",
        developers=Notice("team", "New tag handed in", "{actor} handed in tag {tag}. The checks run."),
    ),
    "connector:appealed": Topic(
        "connector.appealed",
        "A refusal was appealed",
        developers=Notice("team", "Appealed", "{actor} appealed. Another reviewer looks at it."),
    ),
    "certification:started": Topic(
        "certification.started",
        "A reviewer began",
        developers=Notice("progress", "The review began", "A reviewer is looking at tag {tag}."),
    ),
    "certification:question-asked": Topic(
        "certification.question_asked",
        "A reviewer asks something; it is the developer’s turn",
        developers=Notice("turn", "A question for you", "{comment}"),
    ),
    "certification:question-unanswered": Topic(
        "certification.question_unanswered",
        "Nobody answered in time; the reviewer goes on",
        developers=Notice("progress", "The question was not answered", "The reviewer goes on without an answer."),
    ),
    "certification:changes-requested": Topic(
        "certification.changes_requested",
        "A reviewer asks for changes; it is the developer’s turn",
        developers=Notice("turn", "Changes are requested", "{comment}"),
    ),
    "certification:reminded": Topic(
        "certification.reminded",
        "The developer’s deadline is near",
        developers=Notice("turn", "A deadline is near", "Something still waits for you. The draft’s page says what."),
    ),
    "certification:handed-back": Topic(
        "certification.handed_back",
        "The developer gave the turn back",
        developers=Notice("team", "Given back", "{actor} gave the turn back to the reviewer."),
        reviewer=Notice("review", "It is your turn", "The developer gave the turn back without a new tag."),
    ),
    "certification:first-approval": Topic(
        "certification.first_approval",
        "A first of two reviewers agreed",
        developers=Notice("progress", "A first reviewer agreed", "A second one has to. Nothing to do for you."),
    ),
    "certification:certified": Topic(
        "certification.certified",
        "The Connector is certified, public and listed",
        developers=Notice("decision", "Certified", "Tag {tag} is certified, public and in the catalogue. {comment}"),
    ),
    "certification:failed": Topic(
        "certification.refused",
        "The certificate was refused",
        developers=Notice("decision", "The certificate was refused", "{comment}"),
    ),
    "certification:expired": Topic(
        "certification.expired",
        "The requested changes did not come in time",
        developers=Notice("decision", "The deadline has passed", "The request ended. Submit again when you are ready."),
        reviewer=Notice("review", "The deadline has passed", "The changes did not come; the review has ended."),
    ),
    "request:done": Topic("request.done", "The developer ticked a requested change"),
    "request:undone": Topic("request.undone", "The developer took the tick back"),
    "request:accepted": Topic("request.accepted", "The reviewer accepted a requested change"),
    "request:dropped": Topic("request.dropped", "The reviewer dropped a requested change"),
    "waiver:expired": Topic(
        "waiver.expired",
        "A waiver has expired",
        developers=Notice("progress", "A waiver has expired", "What it excused counts again from now on."),
    ),
}

FAULTS: Mapping[str, Topic] = {
    "connector:rejected": replace(
        TOPICS["connector:rejected"],
        developers=Notice(
            "turn",
            "The checks could not be completed",
            "This is a fault on our side and says nothing about tag {tag}. Publish it again to have it checked.",
        ),
        reviewer=Notice(
            "review",
            "The checks could not be completed",
            "A fault on our side ended the checks of tag {tag}; the review has ended.",
        ),
    ),
    "connector:preview-refused": replace(
        TOPICS["connector:preview-refused"],
        developers=Notice(
            "progress",
            "The preview could not be checked",
            "This is a fault on our side and says nothing about tag {tag}. Ask for the preview again.",
        ),
    ),
}
"""The same events after checks that a fault of ours ended."""


def topic_of(event: Event) -> Topic | None:
    """Return what is told of an event, or None."""
    return FAULTS[event.name] if is_fault(event) else TOPICS.get(event.name)


def is_fault(event: Event) -> bool:
    """Tell whether an event says no because of a fault of ours."""
    return event.name in FAULTS and event.details.get("state") == ValidationRun.State.ERRORED


def register_webhooks() -> None:
    """Make the types of messages known to the webhooks."""
    for topic in TOPICS.values():
        if topic.webhook:
            webhook_kinds.register(topic.webhook, title=topic.webhook_title)
