"""What reviewers do with a round. Each verb is one transaction: load, guard, change, record, store.

Mail, webhooks and inboxes follow after the commit, from the recorded events.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from accounts.models import User
from certification import guards, rounds, tags
from certification.choices import AnswerKind, Decision, FailReason
from certification.errors import AlreadySent, Obstacle, Obstructed, ReviewError
from certification.models import Answer, Round
from certification.rounds import Step
from connectors import actions, production
from connectors.choices import ConnectorStatus

LONGEST_MESSAGE = 10_000
"""Characters of a public comment, as the contract's own comments may have."""


def start(draft_id: UUID, *, by: User, now: datetime | None = None) -> Round:
    """Take a round and begin with it: the connector is in certification from now on."""
    with rounds.step(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        guards.demand_review(row, by, action="review:claim")
        if row.assignee_id not in (None, by.pk):
            raise ReviewError(f"{row.assignee} has this review already.")
        if step.draft.status == ConnectorStatus.IN_CERTIFICATION and row.assignee_id == by.pk:
            raise ReviewError("You have this review already.")
        row.assignee = by
        row.started_at = row.started_at or step.now
        if step.draft.can("start_certification"):
            step.draft.start_certification()
            step.change.record("certification:started", details={"round": row.number}, commit=row.commit)
        else:
            step.change.record("round:claimed", details={"round": row.number}, commit=row.commit)
    return step.round


def comment(
    draft_id: UUID, *, by: User, message: str, token: UUID | None = None, now: datetime | None = None
) -> Answer:
    """Add a public comment without moving anything."""
    if not message.strip():
        raise ReviewError("Write a comment first.")
    with rounds.step(draft_id, by=rounds.reviewer(by), now=now) as step:
        guards.demand_review(step.round, by, action="review:comment")
        answer = say(step, AnswerKind.COMMENT, by=by, message=message, token=token)
        step.change.record("connector:commented", details=_details(answer), commit=step.round.commit)
    return answer


def certify(
    draft_id: UUID, *, by: User, message: str = "", token: UUID | None = None, now: datetime | None = None
) -> Round:
    """Give the certificate for the pinned commit: the connector is published, public and listed.

    Raises Obstructed with everything that is missing.
    """
    tag_commit = look_up_tag(draft_id)
    with rounds.step(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        guards.demand_turn(row, by)
        missing = guards.obstacles(row, tag_commit=tag_commit)
        if missing:
            raise Obstructed(missing)
        answer = say(step, AnswerKind.CERTIFIED, by=by, message=message, token=token)
        step.draft.certify()
        rounds.close(row, decision=Decision.CERTIFIED, by=step.change.by, now=step.now, calendar=step.calendar)
        row.status = step.draft.status
        step.change.record("certification:certified", details=_details(answer), commit=row.commit)
        production.publish(step.change, certified=True, run=row.run)
    return step.round


def fail(
    draft_id: UUID,
    *,
    by: User,
    reason: str,
    message: str,
    token: UUID | None = None,
    now: datetime | None = None,
) -> Round:
    """Refuse the certificate, with a reason that can be counted and a text that helps."""
    if reason not in FailReason.values:
        raise ReviewError("Choose a reason.")
    if not message.strip():
        raise ReviewError("Say why: the developer reads it.")
    with rounds.step(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        guards.demand_turn(row, by)
        answer = say(step, AnswerKind.FAILED, by=by, message=message, token=token, reason=reason)
        step.draft.fail()
        rounds.close(
            row, decision=Decision.FAILED, by=step.change.by, now=step.now, calendar=step.calendar, reason=reason
        )
        row.status = step.draft.status
        step.change.record("certification:failed", details=_details(answer), commit=row.commit)
    return step.round


def say(step: Step, kind: str, *, by: User, message: str, token: UUID | None, reason: str = "") -> Answer:
    """Keep what the reviewer says, as a public comment where there is a text. Raises AlreadySent for a known token."""
    text = message.strip()
    if len(text) > LONGEST_MESSAGE:
        raise ReviewError(f"The message has {len(text)} characters; at most {LONGEST_MESSAGE} can be sent.")
    try:
        with transaction.atomic():
            answer = Answer.objects.create(
                round=step.round,
                kind=kind,
                text=text,
                reason=reason,
                commit=step.round.commit,
                by=by,
                at=step.now,
                token=token or uuid4(),
            )
    except IntegrityError as error:
        raise AlreadySent("This was sent already; it was done once.") from error
    if text:
        answer.comment = actions.comment(step.change, text=text, author_id=by.pk)
        answer.save(update_fields=["comment"])
    step.round.first_answer_at = step.round.first_answer_at or step.now
    return answer


def look_up_tag(draft_id: UUID) -> str | None:
    """Return the commit that the tag of the open round leads to now; None when no round is open.

    Raises Obstructed when nobody can tell: a certificate is not given blindly.
    """
    row = rounds.current(draft_id)
    if row is None:
        return None
    try:
        return tags.commit_of(row.draft.repository_url, row.tag)
    except tags.TagUnknown as error:
        raise Obstructed(
            [Obstacle(f"The tag {row.tag} could not be compared with the reviewed commit: {error}", "why")]
        ) from error


def _details(answer: Answer) -> dict[str, object]:
    return {
        "round": answer.round.number,
        **({"comment": answer.comment_id} if answer.comment_id else {}),
        **({"reason": answer.reason} if answer.reason else {}),
    }
