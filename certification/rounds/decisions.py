"""What reviewers decide. Each verb is one transaction: load, guard, change, record, store.

Mail, webhooks and inboxes follow after the commit, from the recorded events. `token` is the form's own: sent twice,
it is done once. `seen` is the last event that the page knew: what others did since raises Stale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from accounts.ability import Ability
from accounts.models import User
from certification.business_calendar import DAY, Calendar
from certification.choices import AnswerKind, Awaits, Decision, Escalation, FailReason, Turn
from certification.comparison import tag_fetches
from certification.errors import AlreadySent, NotAllowed, Obstructed, ReviewError
from certification.evidence import machine_evidence
from certification.formatting import typed
from certification.models import Answer, Approval, ChangeRequest, LineComment, Note, Round, TimeLimit, Unsent
from certification.rounds import approvals, escalations, obstacles, rounds, tag_target, timeline
from certification.rounds.abilities import abilities
from certification.rounds.rounds import Step
from connectors.drafts import actions, publishing
from connectors.drafts.representation import report_entry
from connectors.models import ValidationRun
from connectors.runs import runs
from validator.report import entries

LONGEST_MESSAGE = 10_000
"""Characters of a public comment, as the contract's own comments may have."""

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


def comment(
    draft_id: UUID, *, by: User, message: str, token: UUID | None = None, now: datetime | None = None
) -> Answer:
    """Add a public comment without moving anything."""
    if not message.strip():
        raise ReviewError("Write a comment first.")
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        abilities(step.round, by, now=step.now).comment().require()
        answer = say(step, AnswerKind.COMMENT, by=by, message=message, token=token)
        step.change.record("connector:commented", details=_details(answer), commit=step.round.commit)
    return answer


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
        answer = say(step, AnswerKind.QUESTION, by=by, message=message, token=token)
        due_at = deadline(AnswerKind.QUESTION, now=step.now, calendar=step.calendar)
        _pass_to_developer(step, awaits=Awaits.ANSWER, due_at=due_at)
        step.change.record(
            EVENTS[AnswerKind.QUESTION], details={**_details(answer), "due": due_at.isoformat()}, commit=row.commit
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
        answer = say(
            step, AnswerKind.CHANGES, by=by, message=public_text(row, AnswerKind.CHANGES, message), token=token
        )
        tasks.filter(sent_with=None).update(sent_with=answer)
        due_at = deadline(AnswerKind.CHANGES, days=days, now=step.now, calendar=step.calendar)
        _pass_to_developer(step, awaits=Awaits.CHANGES, due_at=due_at)
        step.change.record(
            EVENTS[AnswerKind.CHANGES],
            details={**_details(answer), "requests": number, "due": due_at.isoformat()},
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
        answer = say(step, AnswerKind.CERTIFIED, by=by, message=message, token=token)
        _settle_requests(row, by=by, now=step.now)
        step.draft.certify()
        rounds.close(row, decision=Decision.CERTIFIED, by=step.change.by, now=step.now, calendar=step.calendar)
        row.status = step.draft.status
        signers = [*row.approvals.filter(commit=row.commit).values_list("by_label", flat=True), str(by)]
        step.change.record(
            EVENTS[AnswerKind.CERTIFIED], details={**_details(answer), "signed_by": signers}, commit=row.commit
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
        answer = say(step, AnswerKind.FAILED, by=by, message=message, token=token, reason=reason)
        entry = entries.of_refusal(FailReason(reason).label.lower(), answer.text)
        step.draft.fail(reason=report_entry(entry, now=step.now))
        rounds.close(
            row, decision=Decision.FAILED, by=step.change.by, now=step.now, calendar=step.calendar, reason=reason
        )
        row.status = step.draft.status
        step.change.record(EVENTS[AnswerKind.FAILED], details=_details(answer), commit=row.commit)
    return row


def escalate(draft_id: UUID, *, to: str, by: User, note: str = "") -> Round:
    """Ask a lead or a security reviewer to look, with a private note why; an empty `to` ends it."""
    if to not in Escalation.values:
        raise ReviewError("Choose a reviewer.")
    if to and not note.strip():
        raise ReviewError("Say in a private note what they should look at.")
    event = escalations.ASKED if to else escalations.ENDED
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event=event) as (row, details):
        can = abilities(row, by)
        (can.escalate() if to else can.end_escalation()).require()
        details.update({"from": row.escalated_to, "to": to})
        row.escalated_to = to
        if note.strip():
            Note.objects.create(round=row, text=typed(note), by=by, at=rounds.now())
    return row


def recheck(draft_id: UUID, *, by: User) -> ValidationRun:
    """Run the checks again over the tag; the runs before are kept."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="round:recheck-requested") as (row, details):
        abilities(row, by).recheck().require()
        run = runs.request(
            row.draft,
            kind=ValidationRun.Kind.RECHECK,
            by=rounds.reviewer(by),
            now=rounds.now(),
            certification=True,
        )
        details["run"] = str(run.pk)
    return run


def fetch_tags(draft_id: UUID, *, tags: Sequence[str], by: User) -> None:
    """Let a worker look up the repository's tags, or fetch the files of the tags that are named."""
    row = rounds.latest(draft_id)
    if row is None:
        raise ReviewError("Nothing of this connector was ever reviewed.")
    abilities(row, by).fetch_tags().require()
    for tag in tags or [""]:
        tag_fetches.ask(row.draft, tag=tag, by=str(by))


def say(step: Step, kind: str, *, by: User, message: str, token: UUID | None, reason: str = "") -> Answer:
    """Keep what the reviewer says, as a public comment where there is a text. Raises AlreadySent for a known token.

    The line comments that were not sent yet go with it, and what was kept of the typing is not needed any more.
    """
    text = typed(message)
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
    if kind not in (AnswerKind.COMMENT, AnswerKind.APPROVED):
        LineComment.objects.filter(round=step.round, sent_with=None).update(sent_with=answer)
    Unsent.objects.filter(
        round=step.round, user=by, slot="comment" if kind == AnswerKind.COMMENT else "message"
    ).delete()
    step.round.first_answer_at = step.round.first_answer_at or step.now
    return answer


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
    say(step, AnswerKind.APPROVED, by=by, message=public_text(row, AnswerKind.APPROVED, message), token=token)
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


def _details(answer: Answer) -> dict[str, object]:
    return {
        "round": answer.round.number,
        **({"comment": answer.comment_id} if answer.comment_id else {}),
        **({"reason": answer.reason} if answer.reason else {}),
    }
