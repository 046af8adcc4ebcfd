"""Public comments, private notes, line comments, requests for changes, and forms that are saved while people type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.limits import table
from accounts.models import User
from certification.choices import COMMENT, Decision, RoundKind
from certification.errors import AlreadySent, ReviewError
from certification.formatting import typed
from certification.models import Answer, ChangeRequest, Criterion, LineComment, Note, Round, Unsent
from certification.rounds import rounds
from certification.rounds.abilities import abilities
from certification.rounds.rounds import Step
from connectors import limits
from connectors.drafts import actions, update
from connectors.models import CertificationComment, Finding

LONGEST_MESSAGE = 10_000
"""In characters, the limit of a comment in the contract."""
LONGEST_NOTE = 10_000
LONGEST_REQUEST = 5_000
LONGEST_UNSENT = 20_000
LONGEST_FIELD = 2_000
FIELDS = ("path", "line", "criterion", "as", "scope", "false_alarm", "until", "to")
"""The fields of the review's forms besides their text, which are saved with it."""
REQUEST = "request"
"""The slot of the request form, which is saved even without a text."""
State = ChangeRequest.State


def comment(
    draft_id: UUID, *, by: User, message: str, token: UUID | None = None, now: datetime | None = None
) -> Answer:
    """Add a public comment. Turn and status stay as they are."""
    if not message.strip():
        raise ReviewError("Write a comment first.")
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        abilities(step.round, by, now=step.now).comment().require()
        limits.spend(table.REVIEW_COMMENTS, of=by.pk)
        answer = say(step, COMMENT, by=by, message=message, token=token, slot="comment", with_line_comments=False)
        step.change.record("connector:commented", details=details_of(answer), commit=step.round.commit)
    return answer


def note(draft_id: UUID, *, by: User, text: str) -> Note:
    """Add a private note. Neither developers nor reviewers of the same Project see it, on pages, by mail or API."""
    said = _text(text, limit=LONGEST_NOTE, empty="Write the note first.")
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="note:added") as (row, _):
        abilities(row, by).note().require()
        limits.spend(table.REVIEW_COMMENTS, of=by.pk)
        Unsent.objects.filter(round=row, user=by, slot="note").delete()
        return Note.objects.create(round=row, text=said, by=by, at=rounds.now())


def remark(draft_id: UUID, *, by: User, path: str, line: int | None, text: str) -> LineComment:
    """Comment on a line, or on a whole file; the developer sees it with the next answer."""
    said = _text(text, limit=LONGEST_NOTE, empty="Write the comment first.")
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="remark:added") as (row, details):
        abilities(row, by).line_comment().require()
        limits.spend(table.REVIEW_COMMENTS, of=by.pk)
        details.update({"path": path, "line": line})
        Unsent.objects.filter(round=row, user=by, slot=slot_of(path, line)).delete()
        return LineComment.objects.create(round=row, path=path, line=line, text=said, by=by, at=rounds.now())


def drop_remark(draft_id: UUID, pk: int, *, by: User) -> None:
    """Delete one's own line comment that has not been sent."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="remark:dropped") as (row, details):
        found = LineComment.objects.filter(round=row, pk=pk).first()
        if found is None:
            raise ReviewError("There is no such comment.")
        abilities(row, by).drop_line_comment(found).require()
        details.update({"path": found.path, "line": found.line})
        found.delete()


def request(
    draft_id: UUID,
    *,
    by: User,
    text: str,
    path: str = "",
    line: int | None = None,
    fingerprint: str = "",
    criterion: str = "",
    slot: str = REQUEST,
) -> ChangeRequest:
    """Add a request for a change, which is sent to the developer with the others. `slot` is that of its form."""
    said = _text(text, limit=LONGEST_REQUEST, empty="Say what should change.")
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="request:added") as (row, details):
        abilities(row, by).request_change().require()
        limits.spend(table.REVIEW_COMMENTS, of=by.pk)
        if fingerprint and not Finding.objects.filter(run__draft_id=draft_id, fingerprint=fingerprint).exists():
            raise ReviewError("There is no such finding. Reload the page and select the finding again.")
        made = ChangeRequest.objects.create(
            round=row,
            text=said,
            path=path,
            line=line,
            fingerprint=fingerprint,
            criterion=Criterion.objects.filter(key=criterion).first() if criterion else None,
            by=by,
            at=rounds.now(),
        )
        details.update({"request": made.pk, "path": path, "line": line})
        Unsent.objects.filter(round=row, user=by, slot=slot).delete()
    return made


def settle(draft_id: UUID, pk: int, *, by: User, accepted: bool) -> ChangeRequest:
    """Accept a request as done, or drop it."""
    event = "request:accepted" if accepted else "request:dropped"
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event=event) as (row, details):
        can, found = abilities(row, by), _request(row, pk)
        can.settle(found).require()
        found.state = State.ACCEPTED if accepted else State.DROPPED
        found.settled_at, found.settled_by = rounds.now(), by
        found.save()
        details["request"] = pk
    return found


def reopen(draft_id: UUID, pk: int, *, by: User) -> ChangeRequest:
    """Reopen a request, because the change is not sufficient."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="request:reopened") as (row, details):
        can, found = abilities(row, by), _request(row, pk)
        can.reopen(found).require()
        found.state, found.settled_at, found.settled_by = State.OPEN, None, None
        found.done_at, found.done_by_label = None, ""
        found.save()
        details["request"] = pk
    return found


def requests_of(row: Round, *, internal: bool = True) -> list[ChangeRequest]:
    """Return the requests of a round: its own, and those of earlier rounds that had not been settled when it began.

    Without `internal`, only those that have been sent to the developer.
    """
    rows = ChangeRequest.objects.filter(round__draft_id=row.draft_id, round__number__lte=row.number)
    if not internal:
        rows = rows.exclude(sent_with=None)
    listed = rows.select_related("round", "criterion", "by").prefetch_related("touches__round")
    return [
        found
        for found in listed
        if found.round_id == row.pk or found.settled_at is None or found.settled_at >= row.opened_at
    ]


def say(
    step: Step,
    kind: str,
    *,
    by: User,
    message: str,
    token: UUID | None,
    reason: str = "",
    slot: str = "message",
    with_line_comments: bool = True,
) -> Answer:
    """Store a reviewer's answer, with a public comment if there is a text. Raises AlreadySent for a known token.

    Unsent line comments are sent with it. `slot` is that of its form, whose saved draft is deleted.
    """
    text = typed(message)
    if len(text) > LONGEST_MESSAGE:
        raise ReviewError(f"The message has {len(text)} characters. The limit is {LONGEST_MESSAGE}.")
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
        raise AlreadySent("This has already been sent. It was carried out once.") from error
    if text:
        answer.comment = actions.comment(step.change, text=text, author_id=by.pk)
        answer.save(update_fields=["comment"])
    if with_line_comments:
        LineComment.objects.filter(round=step.round, sent_with=None).update(sent_with=answer)
    Unsent.objects.filter(round=step.round, user=by, slot=slot).delete()
    step.round.first_answer_at = step.round.first_answer_at or step.now
    return answer


def details_of(answer: Answer) -> dict[str, object]:
    """Return the details of an answer for its event."""
    return {
        "round": answer.round.number,
        **({"comment": answer.comment_id} if answer.comment_id else {}),
        **({"reason": answer.reason} if answer.reason else {}),
    }


def said_before(row: Round) -> Answer | None:
    """Return the last answer of the previous round, which led to this one."""
    last = Round.objects.filter(draft_id=row.draft_id, number__lt=row.number).order_by("-number").first()
    if last is None or last.decision == Decision.CERTIFIED:
        return None
    told = last.answers.exclude(kind=COMMENT).exclude(text="")
    return told.select_related("by", "round").order_by("-at", "-id").first()


def appeal_of(row: Round) -> CertificationComment | None:
    """Return the developer's comment with the appeal that opened the round."""
    if row.kind != RoundKind.APPEAL:
        return None
    own = row.draft.comments.exclude(public_name=settings.CERTIFICATION_USER_ID)
    return own.filter(created_at=row.opened_at).first()


def keep_unsent(
    row: Round, *, by: User, slot: str, text: str, now: datetime, fields: Mapping[str, str] | None = None
) -> None:
    """Save what somebody is typing, or delete it when the form is empty. Nothing was sent, so there is no event."""
    abilities(row, by, now=now).save_unsent().require()
    given = {name: value.replace("\0", "")[:LONGEST_FIELD] for name, value in (fields or {}).items() if name in FIELDS}
    kept = {name: value for name, value in given.items() if value.strip()}
    if not text.strip() and not (slot == REQUEST and kept):
        Unsent.objects.filter(round=row, user=by, slot=slot[:600]).delete()
        return
    values = {"text": text.replace("\r\n", "\n")[:LONGEST_UNSENT], "fields": kept, "at": now}
    with transaction.atomic():
        update.hold(row.draft_id)
        Unsent.objects.update_or_create(round=row, user=by, slot=slot[:600], defaults=values)


def unsent_of(row: Round, by: User) -> dict[str, str]:
    """Return what somebody typed in a round and has not sent, in the shape of `form`."""
    found: dict[str, str] = {}
    for slot, text, fields in Unsent.objects.filter(round=row, user=by).values_list("slot", "text", "fields"):
        found.update(form(slot, text, fields))
    return found


def form(slot: str, text: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Return a typed form as a mapping: its text under `slot`, its other fields under `slot.field`."""
    return {slot: text, **{f"{slot}.{name}": value for name, value in fields.items() if name in FIELDS}}


def slot_of(path: str, line: int | None) -> str:
    """Return the slot of a line comment that is being typed."""
    return f"line:{path}:{line or ''}"


def _request(row: Round, pk: int) -> ChangeRequest:
    found = ChangeRequest.objects.filter(round__draft_id=row.draft_id, pk=pk).select_related("round").first()
    if found is None:
        raise ReviewError("There is no such request.")
    return found


def _text(text: str, *, limit: int, empty: str) -> str:
    said = typed(text)
    if not said:
        raise ReviewError(empty)
    if len(said) > limit:
        raise ReviewError(f"The text has {len(said)} characters. The limit is {limit}.")
    return said
