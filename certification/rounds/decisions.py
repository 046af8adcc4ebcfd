"""What reviewers decide. Each verb is one transaction: load, guard, change, record, store.

Mail, webhooks and inboxes follow after the commit, from the recorded events. `token` is the form's own: sent twice,
it is done once. `seen` is the last event that the page knew: what others did since raises Stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from accounts.ability import Ability
from accounts.models import User
from certification.business_calendar import DAY, Calendar
from certification.choices import AnswerKind, Awaits, Decision, FailReason, Turn
from certification.errors import NotAllowed, Obstructed, ReviewError
from certification.evidence import machine_evidence
from certification.formatting import typed
from certification.models import Answer, Approval, ChangeRequest, Note, Round, TimeLimit
from certification.rounds import approvals, conversation, obstacles, rounds, tag_target, timeline
from certification.rounds.abilities import abilities
from certification.rounds.rounds import Step
from connectors.drafts import publishing
from connectors.drafts.representation import report_entry
from validator.report import entries

EVENTS: Mapping[str, str] = {
    AnswerKind.QUESTION: "certification:question-asked",
    AnswerKind.CHANGES: "certification:changes-requested",
    AnswerKind.CERTIFIED: "certification:certified",
    AnswerKind.APPROVED: "certification:first-approval",
    AnswerKind.FAILED: "certification:failed",
}
"""The event for each decision, which triggers its notifications."""

MOST_DAYS = 60
"""Business days that a lead may give for requested changes."""


def ask(
    draft_id: UUID,
    *,
    by: User,
    message: str,
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Answer:
    """Ask the developer something: it is their turn, and the review's clock stops until they answer."""
    if not message.strip():
        raise ReviewError("Write the question first.")
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        can = abilities(row, by, now=step.now)
        _require(can.ask(), row, by, last_event_id=last_event_id)
        answer = conversation.say(step, AnswerKind.QUESTION, by=by, message=message, token=token)
        due_at = deadline(AnswerKind.QUESTION, now=step.now, calendar=step.calendar)
        _pass_to_developer(step, awaits=Awaits.ANSWER, due_at=due_at)
        step.change.record(
            EVENTS[AnswerKind.QUESTION],
            details={**conversation.details_of(answer), "due": due_at.isoformat()},
            commit=row.commit,
        )
    return answer


def request_changes(
    draft_id: UUID,
    *,
    by: User,
    message: str = "",
    days: int | None = None,
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Answer:
    """Send the requests for changes: it is the developer's turn, until the end of a business day.

    At least one request must be open. `days` are business days; only a lead reviewer sets others than the usual.
    When nothing comes in time, the connector fails by itself.
    """
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        can = abilities(row, by, now=step.now)
        _require(can.request_changes(), row, by, last_event_id=last_event_id)
        tasks = ChangeRequest.objects.waiting(row.draft_id)
        number = tasks.count()
        if days is not None and days != step.calendar.days(TimeLimit.For.CHANGES).days:
            can.sets_deadline().require()
            if not 1 <= days <= MOST_DAYS:
                raise ReviewError(f"Give the developer 1 to {MOST_DAYS} business days.")
        answer = conversation.say(
            step, AnswerKind.CHANGES, by=by, message=public_text(row, AnswerKind.CHANGES, message), token=token
        )
        tasks.filter(sent_with=None).update(sent_with=answer)
        due_at = deadline(AnswerKind.CHANGES, days=days, now=step.now, calendar=step.calendar)
        _pass_to_developer(step, awaits=Awaits.CHANGES, due_at=due_at)
        step.change.record(
            EVENTS[AnswerKind.CHANGES],
            details={**conversation.details_of(answer), "requests": number, "due": due_at.isoformat()},
            commit=row.commit,
        )
    return answer


def certify(
    draft_id: UUID,
    *,
    by: User,
    message: str = "",
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Round:
    """Give the certificate for the pinned commit: the connector is published, public and listed.

    Where a rule asks for two signatures, the first one is kept and the round waits for somebody else's. Raises
    Obstructed with everything that is missing.
    """
    tag_commit = look_up_tag(draft_id, by=by, last_event_id=last_event_id)
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        can = abilities(row, by, now=step.now, tag_commit=tag_commit)
        _require(can.certify(), row, by, last_event_id=last_event_id)
        if can.signs_first:
            _sign(step, by=by, message=message, token=token)
            return row
        answer = conversation.say(step, AnswerKind.CERTIFIED, by=by, message=message, token=token)
        _settle_requests(row, by=by, now=step.now)
        step.draft.certify()
        rounds.close(row, decision=Decision.CERTIFIED, by=step.change.by, now=step.now, calendar=step.calendar)
        row.status = step.draft.status
        signers = [*row.approvals.filter(commit=row.commit).values_list("by_label", flat=True), str(by)]
        step.change.record(
            EVENTS[AnswerKind.CERTIFIED],
            details={**conversation.details_of(answer), "signed_by": signers},
            commit=row.commit,
        )
        publishing.publish(step.change, certified=True, run=machine_evidence.run_of(row))
    return row


def fail(
    draft_id: UUID,
    *,
    by: User,
    reason: str,
    message: str,
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Round:
    """Refuse the certificate, with a reason that can be counted and a text that helps."""
    if reason not in FailReason.values:
        raise ReviewError("Choose a reason.")
    if not message.strip():
        raise ReviewError("Say why: the developer reads it.")
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        row = step.round
        _require(abilities(row, by, now=step.now).fail(), row, by, last_event_id=last_event_id)
        answer = conversation.say(step, AnswerKind.FAILED, by=by, message=message, token=token, reason=reason)
        entry = entries.of_refusal(FailReason(reason).label.lower(), answer.text)
        step.draft.fail(reason=report_entry(entry, now=step.now))
        rounds.close(
            row, decision=Decision.FAILED, by=step.change.by, now=step.now, calendar=step.calendar, reason=reason
        )
        row.status = step.draft.status
        step.change.record(EVENTS[AnswerKind.FAILED], details=conversation.details_of(answer), commit=row.commit)
    return row


def deadline(kind: str, *, now: datetime, calendar: Calendar, days: int | None = None) -> datetime:
    """Return until when the developer has time after a question or requested changes, `days` being business days."""
    limited = TimeLimit.For.ANSWER if kind == AnswerKind.QUESTION else TimeLimit.For.CHANGES
    return calendar.deadline(now, calendar.days(limited) if days is None else days * DAY)


def effect(row: Round, kind: str, *, by: User) -> str:
    """Return what a decision will be: the first of two signatures under a certificate is an approval only."""
    return AnswerKind.APPROVED if kind == AnswerKind.CERTIFIED and abilities(row, by).signs_first else kind


def public_text(row: Round, kind: str, message: str) -> str:
    """Return what becomes the public comment: nothing for a first approval, the requests where there is no message."""
    if kind == AnswerKind.APPROVED:
        return ""
    if kind == AnswerKind.CHANGES and not typed(message):
        waiting = ChangeRequest.objects.waiting(row.draft_id)
        return "\n".join(f"- {task.place + ': ' if task.place else ''}{task.text}" for task in waiting)
    return typed(message)


def look_up_tag(draft_id: UUID, *, by: User, last_event_id: int | None = None) -> str | None:
    """Return the commit that the tag of the open round leads to now; None when no round is open.

    What came of it stays with the round, also when the certificate is refused. Raises Obstructed when nobody can tell:
    a certificate is not given blindly.
    """
    row = rounds.current(draft_id)
    if row is None:
        return None
    _require(abilities(row, by).decide(), row, by, last_event_id=last_event_id)
    try:
        commit = tag_target.commit_of(row.draft, tag=row.tag)
    except tag_target.TagUnknown as error:
        rounds.keep_tag(row, by=by, problem=str(error))
        raise Obstructed([obstacles.tag_unknown(row, str(error))]) from error
    rounds.keep_tag(row, by=by, commit=commit)
    return commit


def _require(ability: Ability, row: Round, by: User, *, last_event_id: int | None) -> None:
    """Raise why this decision is not possible; for a person who may decide, first what others have done since."""
    if not isinstance(ability.refusal, NotAllowed):
        timeline.require_no_news(row, by, last_event_id=last_event_id)
    ability.require()


def _pass_to_developer(step: Step, *, awaits: str, due_at: datetime) -> None:
    rounds.pass_turn(step.round, Turn.DEVELOPER, awaits=awaits, now=step.now, calendar=step.calendar, due_at=due_at)


def _sign(step: Step, *, by: User, message: str, token: UUID | None) -> None:
    """Store the first signature; the message becomes a private note for the second reviewer."""
    row = step.round
    conversation.say(
        step, AnswerKind.APPROVED, by=by, message=public_text(row, AnswerKind.APPROVED, message), token=token
    )
    if message.strip():
        Note.objects.create(round=row, text=f"Message for the certificate:\n\n{typed(message)}", by=by, at=step.now)
    Approval.objects.update_or_create(
        round=row, by=by, defaults={"by_label": str(by), "commit": row.commit, "at": step.now}
    )
    row.assignee = None
    step.change.record(
        EVENTS[AnswerKind.APPROVED],
        details={"round": row.number, "rules": [rule.name for rule in approvals.rules_for(row)]},
        commit=row.commit,
    )


def _settle_requests(row: Round, *, by: User, now: datetime) -> None:
    """A certificate settles what was asked for: what is done was good, and the rest was not needed."""
    waiting = ChangeRequest.objects.filter(round__draft_id=row.draft_id)
    settled = {"settled_at": now, "settled_by": by}
    waiting.filter(state=ChangeRequest.State.DONE).update(state=ChangeRequest.State.ACCEPTED, **settled)
    waiting.filter(state=ChangeRequest.State.OPEN).update(state=ChangeRequest.State.DROPPED, **settled)
