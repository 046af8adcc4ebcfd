"""The certificate, or the first of two signatures under it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.ability import Ability
from accounts.models import User
from certification.choices import Decision
from certification.decisions import Alert, DecisionKind, Effect, register, steps
from certification.errors import Obstructed
from certification.evidence import machine_evidence
from certification.formatting import typed
from certification.models import Answer, Approval, ChangeRequest, Note, Round
from certification.notifications.channels.commit_status import Status
from certification.notifications.kinds import Also, Notice, Topic
from certification.rounds import approvals, conversation, rounds, tag_target
from certification.rounds.abilities import Abilities, abilities
from certification.rounds.rounds import Step
from connectors.drafts import publishing

CERTIFIED = Effect(
    kind="certified",
    label="Certified",
    event="certification:certified",
    icon="certificate",
    words="certified it",
    sent="Certified. The Connector is public and listed.",
    status=Status("success", "Certified."),
    topic=Topic(
        "certification.certified",
        "The Connector is certified, public and listed",
        developers=Notice(
            "decision",
            "Certified",
            "Tag {tag} is certified, public and in the catalog. {comment}",
            "Show the badge in your README. For the next version, choose a new tag and submit again.",
            open="Open the draft",
            links=("connector", "certificate", "badge"),
        ),
        reviewer=Notice("review", "Certified", "{actor} certified tag {tag}. Nothing to do for you."),
    ),
)
APPROVED = Effect(
    kind="approved",
    label="First approval",
    event="certification:first-approval",
    icon="user-check",
    words="gave the first of two signatures",
    sent="Signed. Another reviewer must give the second signature.",
    public_text=lambda row, message: "",
    no_comment=(
        "No comment yet: with a first signature, the message is saved as a private note for the second reviewer."
    ),
    alert=Alert("This certificate needs two signatures.", "The Connector is published with the second one."),
    topic=Topic(
        "certification.first_approval",
        "The first of two reviewers signed",
        developers=Notice(
            "progress",
            "The first reviewer signed",
            "A second reviewer must sign, too. Nothing to do for you.",
            "They decide by {due}.",
        ),
        also={
            Also.LEADS: Notice(
                "escalation",
                "A second signature is needed",
                "{actor} signed tag {tag}. A rule requires a second signature from somebody else.",
                "Claim the review or assign it. It is due {due}.",
            )
        },
    ),
)


def ability(can: Abilities) -> Ability:
    """Return whether this person may give the certificate now, or the first of two signatures."""
    if not can.decide() or not can.obstacles:
        return can.decide()
    return Ability(Obstructed(can.obstacles))


def effect(can: Abilities) -> Effect:
    """Return the effect of certifying: the certificate, or a first signature."""
    return APPROVED if can.signs_first else CERTIFIED


def certify(
    draft_id: UUID,
    *,
    by: User,
    message: str = "",
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Answer:
    """Give the certificate for the pinned commit: the connector is published, public and listed.

    Where a rule asks for two signatures, the first one is kept and the round waits for somebody else's. Raises
    TagBeingChecked until a worker has looked the tag up, and Obstructed with everything that is missing.
    """
    _require_lookup(draft_id, by=by, last_event_id=last_event_id)
    with steps.deciding(draft_id, ability, by=by, last_event_id=last_event_id, now=now) as (step, can):
        if can.signs_first:
            return _sign(step, by=by, message=message, token=token)
        row = step.round
        answer = conversation.say(step, CERTIFIED.kind, by=by, message=message, token=token)
        _settle_requests(row, by=by, now=step.now)
        step.draft.certify()
        rounds.close(row, decision=Decision.CERTIFIED, by=step.change.by, now=step.now, calendar=step.calendar)
        row.status = step.draft.status
        signers = [*row.approvals.filter(commit=row.commit).values_list("by_label", flat=True), str(by)]
        step.change.record(
            CERTIFIED.event, details={**conversation.details_of(answer), "signed_by": signers}, commit=row.commit
        )
        publishing.publish(step.change, certified=True, run=machine_evidence.run_of(row))
    return answer


def prepare(can: Abilities) -> None:
    """Let a worker look the tag up for somebody who may soon certify."""
    if can.decide():
        tag_target.ask_early(can.round, by=can.by)


def look_up_now(draft_id: UUID, *, by: User) -> None:
    """Look the tag up in this process, for a command that certifies next. It takes seconds: never in a request."""
    row = rounds.current(draft_id)
    if row is not None and abilities(row, by).decide():
        tag_target.check_now(row, by=by)


def _require_lookup(draft_id: UUID, *, by: User, last_event_id: int | None) -> None:
    """Require that the open round's tag was looked up a moment ago, of somebody who may decide on what they saw."""
    row = rounds.current(draft_id)
    if row is not None:
        can = abilities(row, by)
        steps.require(can.decide(), can, last_event_id=last_event_id)
        tag_target.require_recent(row, by=by)


def _sign(step: Step, *, by: User, message: str, token: UUID | None) -> Answer:
    """Store the first signature; the message becomes a private note for the second reviewer."""
    row = step.round
    answer = conversation.say(step, APPROVED.kind, by=by, message="", token=token, with_line_comments=False)
    if message.strip():
        Note.objects.create(round=row, text=f"Message for the certificate:\n\n{typed(message)}", by=by, at=step.now)
    Approval.objects.update_or_create(
        round=row, by=by, defaults={"by_label": str(by), "commit": row.commit, "at": step.now}
    )
    row.assignee = None
    step.change.record(
        APPROVED.event,
        details={"round": row.number, "rules": [rule.name for rule in approvals.rules_for(row)]},
        commit=row.commit,
    )
    return answer


def _settle_requests(row: Round, *, by: User, now: datetime) -> None:
    """Settle all requests with a certificate: accept those marked as done, and drop the others."""
    waiting = ChangeRequest.objects.filter(round__draft_id=row.draft_id)
    settled = {"settled_at": now, "settled_by": by}
    waiting.filter(state=ChangeRequest.State.DONE).update(state=ChangeRequest.State.ACCEPTED, **settled)
    waiting.filter(state=ChangeRequest.State.OPEN).update(state=ChangeRequest.State.DROPPED, **settled)


register(
    DecisionKind(
        (CERTIFIED, APPROVED),
        offer="Certify…",
        button="Certify",
        ability=ability,
        send=certify,
        tone="primary",
        needs_message=False,
        chooses=effect,
        prepare=prepare,
        blocked="This blocks the certificate:",
    )
)
