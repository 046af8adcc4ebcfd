"""What the developer does with a submission: notes and credentials, withdrawing, a new tag, answers, an appeal.

`by` is the developer's actor, whose public name is the Project's key. Who may do it is asked by the caller, which
knows the membership or the scope; what the status allows is asked here.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import sealing
from accounts.actors import Actor
from accounts.models import User
from certification.choices import Awaits, Decision, Turn
from certification.errors import ReviewError
from certification.formatting import typed
from certification.models import ChangeRequest, Round, Submission
from certification.rounds import rounds
from certification.rounds.abilities import abilities
from certification.rounds.developer_abilities import developer_abilities
from connectors.drafts import actions, update
from connectors.drafts.update import Lookup
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs
from validator.source import addresses

PURPOSE = "test credentials"
LONGEST_TEXT = 10_000
State = ChangeRequest.State


def keep(
    draft: ConnectorStaged,
    *,
    by: Actor,
    notes: str = "",
    changelog: str = "",
    credentials: str = "",
    credentials_expire_at: datetime | None = None,
) -> Submission:
    """Store notes for the reviewers; credentials are encrypted and need an expiry."""
    if credentials and credentials_expire_at is None:
        raise ReviewError("Say until when the credentials are valid.")
    with transaction.atomic():
        update.hold(draft.pk)
        made = Submission.objects.create(
            draft=draft,
            notes=typed(notes),
            changelog=typed(changelog),
            credentials=sealing.seal(credentials, purpose=PURPOSE) if credentials else "",
            credentials_expire_at=credentials_expire_at if credentials else None,
            by_label=by.label[:256],
            at=rounds.now(),
        )
        rounds.record_for_draft("submission:kept", draft, by=by, details={"credentials": bool(credentials)})
    return made


def get(draft_id: UUID) -> Submission | None:
    """Return the last notes of a draft."""
    return Submission.objects.filter(draft_id=draft_id).first()


def reveal(draft_id: UUID, *, by: User) -> str:
    """Return the credentials for testing; that somebody looked is recorded, whatever they do with it."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="credentials:revealed") as (row, details):
        abilities(row, by).reveal().require()
        found = Submission.objects.filter(draft_id=draft_id)[:1].get()
        details["submission"] = found.pk
        try:
            return sealing.unseal(found.credentials, purpose=PURPOSE)
        except sealing.Broken as error:
            raise ReviewError("The credentials cannot be opened any more. Ask the developer for new ones.") from error


def withdraw(draft_id: UUID, *, by: Actor, version: int | None = None) -> None:
    """Take the request back: the connector is a draft again. Its place in the queue is kept for the next try."""
    with update.changing(Lookup(id=draft_id), by=by, version=version) as change:
        developer_abilities(change.draft).withdraw().require()
        change.draft.withdraw()
        row = rounds.current(draft_id, lock=True)
        change.record("connector:withdrawn", details={"round": row.number if row else None})


def resubmit(draft_id: UUID, *, tag: str, by: Actor, version: int | None = None, url: str | None = None) -> Round:
    """Replace the reviewed tag by another (or by the same, moved on purpose): it is checked, then reviewed on.

    Reviewer and remaining time stay with the submission. Raises ReviewError for a tag that no repository can have.
    """
    problem = addresses.problem_of_tag(tag)
    if problem:
        raise ReviewError(problem)
    with rounds.change_draft_and_round(draft_id, by=by, version=version) as step:
        developer_abilities(step.draft).resubmit().require()
        row, change = step.round, step.change
        before = row.tag
        step.draft.set_repository(url=url, tag=tag)
        step.draft.resubmit()
        rounds.close(row, decision=Decision.RESUBMITTED, by=by, now=step.now, calendar=step.calendar)
        rounds.store(row)
        opened = rounds.open_for(change, turn=Turn.SYSTEM)
        runs.request(step.draft, kind=ValidationRun.Kind.PUBLISH, by=by, now=step.now, certification=True)
        change.record("connector:resubmitted", details={"round": opened.number, "from": before, "to": tag})
    return opened


def answer(draft_id: UUID, *, by: Actor, text: str, author: User | None = None) -> None:
    """Comment in public; where a question is open this answers it, and it is the reviewer's turn again."""
    _comment(draft_id, by=by, text=text, author=author)


def answer_request(draft_id: UUID, pk: int, *, by: Actor, reply: str = "", done: bool = True) -> ChangeRequest:
    """Mark a request as done, with a comment, or as not done."""
    with rounds.change_round(draft_id, by=by, event="request:done" if done else "request:undone") as (row, details):
        found = ChangeRequest.objects.filter(round__draft_id=row.draft_id, pk=pk).exclude(sent_with=None).first()
        if found is None:
            raise ReviewError("There is no such request.")
        developer_abilities(row.draft).tick(found).require()
        found.state = State.DONE if done else State.OPEN
        found.done_at, found.done_by_label = (rounds.now(), by.label[:256]) if done else (None, "")
        found.reply = typed(reply)[:5000]
        found.save()
        details["request"] = pk
    return found


def hand_back(draft_id: UUID, *, by: Actor, text: str = "", author: User | None = None) -> None:
    """Give the turn back without a new tag, because the requests needed no code change; all must be marked as done."""
    with rounds.change_draft_and_round(draft_id, by=by) as step:
        row = step.round
        developer_abilities(step.draft).hand_back().require()
        if text.strip():
            actions.comment(step.change, text=_checked(text), author_id=author.pk if author else None)
        rounds.pass_turn(row, Turn.REVIEWER, awaits=Awaits.REVIEW, now=step.now, calendar=step.calendar)
        step.change.record("certification:handed-back", details={"round": row.number}, commit=row.commit)


def appeal(draft_id: UUID, *, by: Actor, text: str, author: User | None = None, version: int | None = None) -> Round:
    """Ask for another look at a refusal, by somebody else. Say which criterion it is about and how it is met."""
    said = _checked(text)
    with update.changing(Lookup(id=draft_id), by=by, version=version) as change:
        draft, can = change.draft, developer_abilities(change.draft)
        can.appeal().require()
        run = can.refused_run
        if run is None:
            raise ReviewError("There is no decision about this tag to appeal.")
        draft.appeal(entries=run.entries)
        actions.comment(change, text=said, author_id=author.pk if author else None)
        change.record("connector:appealed", commit=run.commit)
    opened = rounds.current(draft_id)
    if opened is None:
        raise ReviewError("The appeal opened no round.")
    return opened


def _comment(draft_id: UUID, *, by: Actor, text: str, author: User | None) -> None:
    said = _checked(text)
    with update.changing(Lookup(id=draft_id), by=by) as change:
        developer_abilities(change.draft).comment().require()
        actions.comment(change, text=said, author_id=author.pk if author else None)
        change.record("connector:commented")


def _checked(text: str) -> str:
    said = typed(text)
    if not said:
        raise ReviewError("Write something first.")
    if len(said) > LONGEST_TEXT:
        raise ReviewError(f"The text has {len(said)} characters; at most {LONGEST_TEXT} can be sent.")
    return said
