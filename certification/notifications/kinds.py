"""The notifications for events: recipients, texts, and types of webhook messages. docs/webhooks.md lists them.

Every kind of event is in `TOPICS`, or in `SILENT` with the reason why there is no notification.
`certification.decisions` adds the topics of the reviewers' decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.conf import settings

from accounts.actors import ActorKind
from accounts.models import Event
from accounts.webhooks import kinds as webhook_kinds
from certification.choices import Awaits
from certification.models import Preference
from connectors.models import CertificationComment, ValidationRun

NOW, DIGEST, OFF = Preference.Way.NOW, Preference.Way.DIGEST, Preference.Way.OFF


class Side(StrEnum):
    """Whom an event concerns."""

    DEVELOPERS = "developers"
    REVIEWER = "reviewer"


class Also(StrEnum):
    """People whom an event concerns besides the Project and the reviewer; `audience` finds them."""

    ESCALATED_TO = "escalated-to"
    ESCALATED_BY = "escalated-by"
    LEADS = "leads"
    APPROVERS = "approvers"
    PROPOSER = "proposer"
    ASSIGNED = "assigned"
    RELIEVED = "relieved"


@dataclass(frozen=True)
class Kind:
    """A group of events that somebody wants to hear of in the same way, or not.

    `action` is what somebody must be allowed in the portal so that it can concern them, `why` tells them in the mail.
    """

    id: str
    title: str
    help: str
    side: Side
    mail: str
    action: str = ""
    why: str = "you are a member of the Project"


KINDS: Mapping[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind("turn", "Your turn", "A question, requested changes, failed checks, a deadline.", Side.DEVELOPERS, NOW),
        Kind("decision", "Decisions", "Certified, refused, published.", Side.DEVELOPERS, NOW),
        Kind("comment", "Comments", "Somebody wrote in a conversation.", Side.DEVELOPERS, NOW),
        Kind("progress", "Progress", "A review began, a preview was checked.", Side.DEVELOPERS, DIGEST),
        Kind("team", "Your colleagues", "What others in your Projects did.", Side.DEVELOPERS, OFF),
        Kind(
            "review",
            "Your reviews",
            "What happened in the reviews you have, and to what you escalated or proposed.",
            Side.REVIEWER,
            NOW,
            action="review:read",
            why="you review this connector",
        ),
        Kind(
            "escalation",
            "Escalations",
            "What waits for lead or security reviewers: escalated reviews, appeals, second signatures, waivers.",
            Side.REVIEWER,
            NOW,
            action="escalation:security",
            why="you are a lead or security reviewer",
        ),
    )
}


@dataclass(frozen=True)
class Notice:
    """The notification for one side: kind of preference, title, and one sentence with the event's facts in braces.

    A mail says more: `then` is what to do next and until when, `open` the words on the link to the page, and `links`
    are further pages by their names in `links.PAGES`.
    """

    kind: str
    title: str
    text: str
    then: str = ""
    open: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """One event: the notices for developers and the reviewer, and the type of its webhook message ("" for none).

    With `lists_requests`, the mail to developers lists the requests for changes that are open.
    """

    webhook: str = ""
    webhook_title: str = ""
    developers: Notice | None = None
    reviewer: Notice | None = None
    also: Mapping[Also, Notice] = field(default_factory=dict)
    lists_requests: bool = False

    @property
    def notices(self) -> Iterator[Notice]:
        """Everything that is said of the event."""
        yield from filter(None, (self.developers, self.reviewer, *self.also.values()))


ENDED = Notice("review", "The escalation ended", "{actor} ended the escalation of this review.")
APPROVED = Notice("review", "The waiver was approved", "{actor} approved the waiver “{title}”.")
REVOKED = Notice("review", "The waiver was revoked", "{actor} refused or ended the waiver “{title}”.")
DECIDED_BY = "They decide or answer by {due}. {certificate}"

TOPICS: dict[str, Topic] = {
    "connector:publish-requested": Topic(
        "connector.publish_requested",
        "Publication was asked for",
        developers=Notice("team", "Publication asked for", "{actor} asked to publish tag {tag}. The checks run."),
    ),
    "connector:admitted": Topic(
        "connector.ready_for_certification",
        "The checks passed, a reviewer may begin",
        developers=Notice(
            "progress",
            "The checks passed",
            "It is the reviewers’ turn now. {certificate}",
            "A reviewer decides by {due}.",
        ),
        reviewer=Notice(
            "review",
            "A new tag is ready",
            "The checks of tag {tag} passed; it is your turn.",
            "Decide or answer by {due}.",
        ),
    ),
    "connector:rejected": Topic(
        "connector.failed",
        "The checks found an error, or could not run",
        developers=Notice(
            "turn",
            "The checks failed",
            "Tag {tag} did not pass. The report says why, and what to do.",
            "Fix the findings, push a new tag, choose it in the portal and publish again.",
            open="Open the report",
            links=("tag",),
        ),
        reviewer=Notice("review", "The checks failed", "Tag {tag} did not pass the checks; the review has ended."),
    ),
    "connector:published": Topic(
        "connector.published",
        "A version was published",
        developers=Notice(
            "decision",
            "Published",
            "Tag {tag} is published.",
            "It is private and not certified. Submit it for certification to have it listed in the catalog.",
            links=("publish",),
        ),
    ),
    "connector:preview-granted": Topic(
        "connector.preview_granted",
        "The draft is previewable",
        developers=Notice("progress", "Previewable", "The checks passed: tag {tag} can be previewed."),
    ),
    "connector:preview-refused": Topic(
        "connector.preview_refused",
        "The draft is not previewable",
        developers=Notice(
            "progress",
            "Not previewable",
            "Tag {tag} did not pass the checks for a preview.",
            "Fix the findings in the preview’s report, choose a new tag and request the preview again.",
            links=("tag",),
        ),
    ),
    "connector:unlisted": Topic(
        "connector.unlisted",
        "The Connector was taken from the catalog",
        developers=Notice("team", "Unlisted", "{actor} took the Connector from search and catalog."),
    ),
    "connector:listed": Topic(
        "connector.listed",
        "The Connector is in the catalog again",
        developers=Notice("team", "Listed again", "{actor} listed the Connector in search and catalog again."),
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
        developers=Notice("team", "Appealed", "{actor} appealed. Another reviewer looks at it.", DECIDED_BY),
        also={
            Also.LEADS: Notice(
                "escalation",
                "Appealed",
                "The developer appealed against the decision. A reviewer who did not make it must look again.",
                "Take the review or assign it; it is due {due}.",
            )
        },
    ),
    "certification:started": Topic(
        "certification.started",
        "A reviewer began",
        developers=Notice("progress", "The review began", "A reviewer is looking at tag {tag}.", DECIDED_BY),
    ),
    "certification:question-unanswered": Topic(
        "certification.question_unanswered",
        "Nobody answered in time; the reviewer goes on",
        developers=Notice(
            "progress",
            "The question was not answered",
            "The reviewer goes on without an answer.",
            "You can still comment in the conversation. The reviewer decides by {due}.",
        ),
        reviewer=Notice(
            "review",
            "The question was not answered",
            "No answer came in time; it is your turn again.",
            "Decide or answer by {due}.",
        ),
    ),
    "certification:reminded": Topic(
        "certification.reminded",
        "The developer’s deadline is near",
        developers=Notice(
            "turn",
            "A deadline is near, {day}",
            "The requested changes still wait for you until {due}.",
            "Push a new tag and choose it in the portal. If nothing comes by then, the request for certification "
            "fails.",
            open="Open the requests",
            links=("resubmit",),
        ),
        lists_requests=True,
    ),
    "certification:handed-back": Topic(
        "certification.handed_back",
        "The developer gave the turn back",
        developers=Notice("team", "Given back", "{actor} gave the turn back to the reviewer."),
        reviewer=Notice(
            "review",
            "It is your turn",
            "The developer gave the turn back without a new tag.",
            "Decide or answer by {due}.",
        ),
    ),
    "certification:expired": Topic(
        "certification.expired",
        "The requested changes did not come in time",
        developers=Notice(
            "decision",
            "The deadline has passed",
            "The requested changes did not come by {due}, so the request for certification has failed.",
            "Nothing is lost: choose a new tag and submit again when you are ready.",
            links=("tag",),
        ),
        reviewer=Notice("review", "The deadline has passed", "The changes did not come; the review has ended."),
    ),
    "request:done": Topic("request.done", "The developer marked a requested change as done"),
    "request:undone": Topic("request.undone", "The developer marked a requested change as not done"),
    "request:accepted": Topic("request.accepted", "The reviewer accepted a requested change"),
    "request:dropped": Topic("request.dropped", "The reviewer dropped a requested change"),
    "waiver:expired": Topic(
        "waiver.expired",
        "A waiver has expired",
        developers=Notice(
            "progress",
            "A waiver has expired",
            "“{title}” has expired. The findings it covered count again.",
            "Fix it before you submit the next version.",
        ),
        reviewer=Notice("review", "A waiver has expired", "“{title}” has expired: its findings block again."),
    ),
    "round:assigned": Topic(
        also={
            Also.ASSIGNED: Notice(
                "review", "Assigned to you", "{actor} assigned this review to you.", "Decide or answer by {due}."
            ),
            Also.RELIEVED: Notice("review", "Assigned to somebody else", "{actor} assigned your review to {to}."),
        }
    ),
    "round:released": Topic(
        also={
            Also.RELIEVED: Notice(
                "review", "Your review was released", "{actor} released your review; anybody can take it now."
            )
        }
    ),
    "round:tag-moved": Topic(
        developers=Notice(
            "turn",
            "The tag has moved",
            "Tag {tag} leads to another commit than the one that is reviewed. No certificate can be given for it.",
            "Choose a new tag, or put this one back where it was.",
            links=("resubmit",),
        ),
        reviewer=Notice("review", "The tag has moved", "Tag {tag} leads to another commit than the one you review."),
    ),
    "round:escalated": Topic(
        reviewer=Notice("review", "Escalated", "{actor} escalated your review to the {to}."),
        also={
            Also.ESCALATED_TO: Notice(
                "escalation",
                "Escalated to you",
                "{actor} escalated this review to the {to}. A private note there says why.",
                "Answer in a private note, then end the escalation. The review is due {due}.",
                open="Open the review",
            )
        },
    ),
    "round:escalation-ended": Topic(reviewer=ENDED, also={Also.ESCALATED_BY: ENDED}),
    "waiver:proposed": Topic(
        also={
            Also.APPROVERS: Notice(
                "escalation",
                "A waiver waits for approval",
                "{actor} proposed a waiver: {title}. Somebody else has to approve it.",
                "Approve or refuse it at the finding.",
            )
        }
    ),
    "webhook:disabled": Topic(
        developers=Notice(
            "turn",
            "A webhook was disabled",
            "The portal sends nothing more to this address. {because}",
            "Fix the receiver, then enable the webhook again.",
            open="Open the webhook",
        )
    ),
    "waiver:approved": Topic(reviewer=APPROVED, also={Also.PROPOSER: APPROVED}),
    "waiver:revoked": Topic(reviewer=REVOKED, also={Also.PROPOSER: REVOKED}),
}

SILENT: Mapping[str, str] = {
    "connector:created": "its Project sees it among the drafts",
    "connector:updated": "an edit; its result has a notification",
    "connector:repository-set": "an edit; its result has a notification",
    "connector:access-changed": "an edit; its result has a notification",
    "connector:preview-requested": "the result of the checks has a notification",
    "connector:configuration-read": "the result of the request has a notification",
    "connector:publish-passed": "only sample data has it",
    "round:opened": "told as admitted, resubmitted or appealed",
    "round:claimed": "told as started; it takes nobody’s review away",
    "round:recheck-requested": "the review’s page shows the new results",
    "certification:question-answered": "told as the comment that is the answer",
    "submission:kept": "read with the review",
    "credentials:revealed": "private among reviewers; the history has it",
    "note:added": "private among reviewers",
    "remark:added": "not sent yet; told with the answer",
    "remark:dropped": "not sent yet",
    "request:added": "not sent yet; told with the answer",
    "request:reopened": "told with the next answer",
    "verdict:given": "private among reviewers until the decision",
    "verdict:evidence-accepted": "private among reviewers until the decision",
    "client:created": "the Project’s page shows its clients",
    "client:rotated": "the Project’s page shows its clients",
    "client:disabled": "the Project’s page shows its clients",
    "deploy-key:created": "the Project’s page shows its keys",
    "deploy-key:removed": "the Project’s page shows its keys",
    "member:invited": "the invitation is a mail of its own",
    "member:uninvited": "the invitation’s page says it",
    "member:joined": "the Project’s page shows its members",
    "member:left": "the Project’s page shows its members",
    "member:removed": "the Project’s page shows its members",
    "member:role-changed": "the Project’s page shows its members",
    "project:created": "the Project’s page shows it",
    "project:handed-over": "the Project’s page shows its members",
    "project:renamed": "the Project’s page shows it",
    "user:created": "an operator did it and tells them",
    "user:email": "an operator did it and tells them",
    "webhook:created": "the webhook’s page shows it",
    "webhook:changed": "the webhook’s page shows it",
    "webhook:rotated": "the webhook’s page shows it",
    "webhook:enabled": "the webhook’s page shows it",
    "webhook:removed": "the Project’s page shows its webhooks",
    "verdict:rest-passed": "private among reviewers until the decision",
}
"""The other kinds of events, each with the reason why there is no notification."""

SUBJECTS = frozenset({"connector", "webhook"})
"""The subjects of events with notifications."""

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

REMINDED_OF_QUESTION = replace(
    TOPICS["certification:reminded"],
    developers=Notice(
        "turn",
        "A deadline is near, {day}",
        "A reviewer’s question still waits for your answer until {due}.",
        "Answer in the conversation. If no answer comes by then, the reviewer goes on without it.",
        open="Answer the question",
    ),
)

COMMENTED_BY_REVIEWER = replace(
    TOPICS["connector:commented"], reviewer=Notice("review", "Another reviewer commented", "{comment}")
)


def topic_of(event: Event) -> Topic | None:
    """Return the topic of an event, or None."""
    if event.name == "webhook:disabled" and event.actor_kind == ActorKind.USER:
        # A person who disables it knows; the portal does it when the receiver is gone.
        return None
    if event.name == "certification:reminded" and event.details.get("awaits") == Awaits.ANSWER:
        return REMINDED_OF_QUESTION
    if event.name == "connector:commented" and is_by_reviewer(event):
        return COMMENTED_BY_REVIEWER
    return FAULTS[event.name] if is_fault(event) else TOPICS.get(event.name)


def is_by_reviewer(event: Event) -> bool:
    """Return whether the comment of an event speaks for the portal and not for the Project."""
    said = CertificationComment.objects.filter(pk=event.details.get("comment"))
    return said.filter(public_name=settings.CERTIFICATION_USER_ID).exists()


def notice_of(event: Event, *, kind: str, titled: Callable[[Notice], bool]) -> Notice | None:
    """Return what is said of an event to those who hear of it as this kind and with this title, or None."""
    topic = topic_of(event)
    found = (notice for notice in topic.notices if notice.kind == kind and titled(notice)) if topic else iter(())
    return next(found, None)


def is_fault(event: Event) -> bool:
    """Return whether an event says no because of a fault of ours."""
    return event.name in FAULTS and event.details.get("state") == ValidationRun.State.ERRORED


def register_webhooks() -> None:
    """Make the types of messages known to the webhooks, those of a noun together."""
    nouns = list(dict.fromkeys(topic.webhook.partition(".")[0] for topic in TOPICS.values()))
    for topic in sorted(TOPICS.values(), key=lambda one: nouns.index(one.webhook.partition(".")[0])):
        if topic.webhook:
            webhook_kinds.register(topic.webhook, title=topic.webhook_title)
