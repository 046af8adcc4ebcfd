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
    """A group of events with one notification setting.

    `action` is what a person's role must allow so that it can concern them; `why` is the reason shown in the mail.
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
        Kind("progress", "Progress", "A review started, a preview was checked.", Side.DEVELOPERS, DIGEST),
        Kind("team", "Your colleagues", "What others in your Projects did.", Side.DEVELOPERS, OFF),
        Kind(
            "review",
            "Your reviews",
            "What happens in reviews assigned to you, and to your escalations and waivers.",
            Side.REVIEWER,
            NOW,
            action="review:read",
            why="you review this connector",
        ),
        Kind(
            "escalation",
            "Escalations",
            "What waits for lead or security reviewers: escalations, appeals, second signatures, waivers.",
            Side.REVIEWER,
            NOW,
            action="escalation:security",
            why="you are a lead or security reviewer",
        ),
    )
}


@dataclass(frozen=True)
class Notice:
    """The notification for one side: its kind, title, and a sentence with placeholders for the event's facts.

    A mail has more: `then` is what to do next and by when, `open` the text of the link to the page, and `links` are
    further pages, by their names in `links.PAGES`.
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
        """All notices of the event."""
        yield from filter(None, (self.developers, self.reviewer, *self.also.values()))


ENDED = Notice("review", "The escalation ended", "{actor} ended the escalation of this review.")
APPROVED = Notice("review", "The waiver was approved", "{actor} approved the waiver “{title}”.")
REVOKED = Notice("review", "The waiver was revoked", "{actor} refused or ended the waiver “{title}”.")
DECIDED_BY = "They decide or answer by {due}. {certificate}"

TOPICS: dict[str, Topic] = {
    "connector:publish-requested": Topic(
        "connector.publish_requested",
        "Publication was requested",
        developers=Notice("team", "Publication requested", "{actor} requested to publish tag {tag}. The checks run."),
    ),
    "connector:admitted": Topic(
        "connector.ready_for_certification",
        "The checks passed; a reviewer can start",
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
        "The Connector was removed from search and catalog",
        developers=Notice("team", "Unlisted", "{actor} removed the Connector from search and catalog."),
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
        "Another tag was submitted during the review",
        developers=Notice("team", "New tag submitted", "{actor} submitted tag {tag}. The checks run."),
    ),
    "connector:appealed": Topic(
        "connector.appealed",
        "A refusal was appealed",
        developers=Notice("team", "Appealed", "{actor} appealed. Another reviewer reviews it.", DECIDED_BY),
        also={
            Also.LEADS: Notice(
                "escalation",
                "Appealed",
                "The developer appealed against the decision. A reviewer who did not make it must review it again.",
                "Claim the review or assign it. It is due {due}.",
            )
        },
    ),
    "certification:started": Topic(
        "certification.started",
        "A reviewer started",
        developers=Notice("progress", "The review started", "A reviewer is reviewing tag {tag}.", DECIDED_BY),
    ),
    "certification:question-unanswered": Topic(
        "certification.question_unanswered",
        "Nobody answered in time; the reviewer continues",
        developers=Notice(
            "progress",
            "The question was not answered",
            "The reviewer continues without an answer.",
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
            "Push a new tag and choose it in the portal. If no tag arrives by then, the request for certification "
            "fails.",
            open="Open the requests",
            links=("resubmit",),
        ),
        lists_requests=True,
    ),
    "certification:handed-back": Topic(
        "certification.handed_back",
        "The developer returned the draft to the reviewer",
        developers=Notice("team", "Returned", "{actor} returned the draft to the reviewer."),
        reviewer=Notice(
            "review",
            "It is your turn",
            "The developer returned the draft without a new tag.",
            "Decide or answer by {due}.",
        ),
    ),
    "certification:expired": Topic(
        "certification.expired",
        "The requested changes did not arrive in time",
        developers=Notice(
            "decision",
            "The deadline has passed",
            "The requested changes did not arrive by {due}, so the request for certification has failed.",
            "Nothing is lost: choose a new tag and submit again when you are ready.",
            links=("tag",),
        ),
        reviewer=Notice("review", "The deadline has passed", "The changes did not arrive; the review has ended."),
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
                "review", "Your review was released", "{actor} released your review. Anyone can claim it now."
            )
        }
    ),
    "round:tag-moved": Topic(
        developers=Notice(
            "turn",
            "The tag has moved",
            "Tag {tag} no longer leads to the reviewed commit, so it cannot be certified.",
            "Choose a new tag, or move this one back to the reviewed commit.",
            links=("resubmit",),
        ),
        reviewer=Notice("review", "The tag has moved", "Tag {tag} no longer leads to the commit you review."),
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
                "{actor} proposed a waiver: {title}. Somebody else must approve it.",
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
    "connector:created": "the Project’s page shows it",
    "connector:updated": "an edit; its result has a notification",
    "connector:repository-set": "an edit; its result has a notification",
    "connector:access-changed": "an edit; its result has a notification",
    "connector:preview-requested": "the result of the checks has a notification",
    "connector:configuration-read": "the result of the request has a notification",
    "connector:publish-passed": "it occurs only in sample data",
    "round:opened": "notified as admitted, resubmitted or appealed",
    "round:claimed": "notified as started; the review was unassigned",
    "round:recheck-requested": "the review’s page shows the new results",
    "certification:question-answered": "notified as the comment with the answer",
    "submission:kept": "the review’s page shows it",
    "credentials:revealed": "internal to reviewers; the history shows it",
    "note:added": "internal to reviewers",
    "remark:added": "not sent yet; notified with the answer",
    "remark:dropped": "not sent yet",
    "request:added": "not sent yet; notified with the answer",
    "request:reopened": "notified with the next answer",
    "verdict:given": "internal to reviewers until the decision",
    "verdict:evidence-accepted": "internal to reviewers until the decision",
    "client:created": "the Project’s page shows its clients",
    "client:rotated": "the Project’s page shows its clients",
    "client:disabled": "the Project’s page shows its clients",
    "deploy-key:created": "the Project’s page shows its keys",
    "deploy-key:removed": "the Project’s page shows its keys",
    "member:invited": "the invitation is a mail of its own",
    "member:uninvited": "the invitation’s page shows it",
    "member:joined": "the Project’s page shows its members",
    "member:left": "the Project’s page shows its members",
    "member:removed": "the Project’s page shows its members",
    "member:role-changed": "the Project’s page shows its members",
    "project:created": "the Project’s page shows it",
    "project:handed-over": "the Project’s page shows its members",
    "project:renamed": "the Project’s page shows it",
    "admin:added": "an operator’s change; the history shows it",
    "admin:changed": "an operator’s change; the history shows it",
    "admin:deleted": "an operator’s change; the history shows it",
    "user:password-link-sent": "the link is a mail of its own",
    "user:created": "the operator who did it informs the person",
    "user:email": "the operator who did it informs the person",
    "webhook:created": "the webhook’s page shows it",
    "webhook:changed": "the webhook’s page shows it",
    "webhook:rotated": "the webhook’s page shows it",
    "webhook:enabled": "the webhook’s page shows it",
    "webhook:removed": "the Project’s page shows its webhooks",
    "verdict:rest-passed": "internal to reviewers until the decision",
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
            "This is a fault on our side and says nothing about tag {tag}. Request the preview again.",
        ),
    ),
}
"""The topics of these events when the checks ended because of a fault on our side."""

REMINDED_OF_QUESTION = replace(
    TOPICS["certification:reminded"],
    developers=Notice(
        "turn",
        "A deadline is near, {day}",
        "A reviewer’s question still waits for your answer until {due}.",
        "Answer in the conversation. If no answer arrives by then, the reviewer continues without it.",
        open="Answer the question",
    ),
)

COMMENTED_BY_REVIEWER = replace(
    TOPICS["connector:commented"], reviewer=Notice("review", "Another reviewer commented", "{comment}")
)


def topic_of(event: Event) -> Topic | None:
    """Return the topic of an event, or None."""
    if event.name == "webhook:disabled" and event.actor_kind == ActorKind.USER:
        # Only when the portal disables it, because the receiver is gone: a person who does it knows.
        return None
    if event.name == "certification:reminded" and event.details.get("awaits") == Awaits.ANSWER:
        return REMINDED_OF_QUESTION
    if event.name == "connector:commented" and is_by_reviewer(event):
        return COMMENTED_BY_REVIEWER
    return FAULTS[event.name] if is_fault(event) else TOPICS.get(event.name)


def is_by_reviewer(event: Event) -> bool:
    """Return whether the comment of an event is from a reviewer and not from the Project."""
    said = CertificationComment.objects.filter(pk=event.details.get("comment"))
    return said.filter(public_name=settings.CERTIFICATION_USER_ID).exists()


def notice_of(event: Event, *, kind: str, titled: Callable[[Notice], bool]) -> Notice | None:
    """Return the notice of an event with this kind and a title that `titled` accepts, or None."""
    topic = topic_of(event)
    found = (notice for notice in topic.notices if notice.kind == kind and titled(notice)) if topic else iter(())
    return next(found, None)


def is_fault(event: Event) -> bool:
    """Return whether an event is a failure because of a fault on our side."""
    return event.name in FAULTS and event.details.get("state") == ValidationRun.State.ERRORED


def register_webhooks() -> None:
    """Make the types of messages known to the webhooks, those of a noun together."""
    nouns = list(dict.fromkeys(topic.webhook.partition(".")[0] for topic in TOPICS.values()))
    for topic in sorted(TOPICS.values(), key=lambda one: nouns.index(one.webhook.partition(".")[0])):
        if topic.webhook:
            webhook_kinds.register(topic.webhook, title=topic.webhook_title)
