"""What developers do with a submission: notes and credentials, withdrawal, a new tag, answers, an appeal.

`by` is the developer as an actor, whose public name is the Project's key. The caller checks the role, because it knows
the membership or the scope; the verbs check what the status allows.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import sealing
from accounts.actors import Actor
from accounts.limits import table
from accounts.models import User
from certification.choices import Awaits, Decision, Turn
from certification.errors import ReviewError
from certification.formatting import typed
from certification.models import ChangeRequest, Round, Submission
from certification.rounds import rounds
from certification.rounds.abilities import abilities
from certification.rounds.developer_abilities import developer_abilities
from connectors import limits
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
    """Store notes for the reviewers. Credentials are encrypted, and need an end date."""
    if credentials and credentials_expire_at is None:
        raise ReviewError("Enter the date until which the credentials are valid.")
    with transaction.atomic():
        update.hold(draft.pk)
        limits.spend(table.COMMENTS, of=draft.project_id)
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
    """Return the test credentials, and record who saw them."""
    with rounds.change_round(draft_id, by=rounds.reviewer(by), event="credentials:revealed") as (row, details):
        abilities(row, by).reveal().require()
        found = Submission.objects.filter(draft_id=draft_id)[:1].get()
        details["submission"] = found.pk
        try:
            return sealing.unseal(found.credentials, purpose=PURPOSE)
        except sealing.Broken as error:
            raise ReviewError("The credentials can no longer be decrypted. Ask the developer for new ones.") from error


def withdraw(draft_id: UUID, *, by: Actor, version: int | None = None) -> None:
    """Withdraw the request: the connector is a draft again. The next submission keeps its place in the queue."""
    with update.changing(Lookup(id=draft_id), by=by, version=version) as change:
        developer_abilities(change.draft, by=by).withdraw().require()
        change.draft.withdraw()
        row = rounds.current(draft_id, lock=True)
        change.record("connector:withdrawn", details={"round": row.number if row else None})


def resubmit(draft_id: UUID, *, tag: str, by: Actor, version: int | None = None, url: str | None = None) -> Round:
    """Replace the reviewed tag with another, or with the same one after it moved. It is checked, then reviewed.

    Reviewer and remaining time stay with the submission. Raises ReviewError for an invalid tag.
    """
    problem = addresses.problem_of_tag(tag)
    if problem:
        raise ReviewError(problem)
    with rounds.change_draft_and_round(draft_id, by=by, version=version) as step:
        developer_abilities(step.draft, by=by).resubmit().require()
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
    """Add a public comment. It answers an open question, and it is then the reviewer's turn again."""
    _comment(draft_id, by=by, text=text, author=author)


def answer_request(draft_id: UUID, pk: int, *, by: Actor, reply: str = "", done: bool = True) -> ChangeRequest:
    """Mark a request as done, with a comment, or as not done."""
    with rounds.change_round(draft_id, by=by, event="request:done" if done else "request:undone") as (row, details):
        found = ChangeRequest.objects.filter(round__draft_id=row.draft_id, pk=pk).exclude(sent_with=None).first()
        if found is None:
            raise ReviewError("There is no such request.")
        developer_abilities(row.draft, by=by).mark_request(found).require()
        limits.spend(table.COMMENTS, of=row.draft.project_id)
        found.state = State.DONE if done else State.OPEN
        found.done_at, found.done_by_label = (rounds.now(), by.label[:256]) if done else (None, "")
        found.reply = typed(reply)[:5000]
        found.save()
        details["request"] = pk
    return found


def hand_back(draft_id: UUID, *, by: Actor, text: str = "", author: User | None = None) -> None:
    """Return the draft to the reviewer without a new tag; all requests must be marked as done."""
    with rounds.change_draft_and_round(draft_id, by=by) as step:
        row = step.round
        developer_abilities(step.draft, by=by).hand_back().require()
        if text.strip():
            limits.spend(table.COMMENTS, of=step.draft.project_id)
            actions.comment(step.change, text=_checked(text), author_id=author.pk if author else None)
        rounds.pass_turn(row, Turn.REVIEWER, awaits=Awaits.REVIEW, now=step.now, calendar=step.calendar)
        step.change.record("certification:handed-back", details={"round": row.number}, commit=row.commit)


def appeal(draft_id: UUID, *, by: Actor, text: str, author: User | None = None, version: int | None = None) -> Round:
    """Appeal against a refusal: another reviewer reviews the same commit. `text` says why the refusal is wrong."""
    said = _checked(text)
    with update.changing(Lookup(id=draft_id), by=by, version=version) as change:
        draft, can = change.draft, developer_abilities(change.draft, by=by)
        can.appeal().require()
        limits.spend(table.COMMENTS, of=draft.project_id)
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
        developer_abilities(change.draft, by=by).comment().require()
        limits.spend(table.COMMENTS, of=change.draft.project_id)
        actions.comment(change, text=said, author_id=author.pk if author else None)
        change.record("connector:commented")


def _checked(text: str) -> str:
    said = typed(text)
    if not said:
        raise ReviewError("Write a text first.")
    if len(said) > LONGEST_TEXT:
        raise ReviewError(f"The text has {len(said)} characters. The limit is {LONGEST_TEXT}.")
    return said
