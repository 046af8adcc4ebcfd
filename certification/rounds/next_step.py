"""The next step of a draft that is or was reviewed, for its developers: what the round adds to the status."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.moments import when
from certification import business_calendar, formatting, overdue
from certification.choices import Awaits, Decision, Turn
from certification.evidence import machine_evidence
from certification.models import ChangeRequest, Round
from certification.rounds import approvals, developer_abilities, obstacles
from connectors.choices import ConnectorStatus
from connectors.drafts.next_step import NextStep, Who
from connectors.models import ConnectorStaged

REVIEWED = (ConnectorStatus.READY_FOR_CERTIFICATION, ConnectorStatus.IN_CERTIFICATION)
"""The statuses of a draft that waits for a decision."""


def for_round(
    draft: ConnectorStaged, row: Round | None, *, requests: Iterable[ChangeRequest] = (), blocked: bool = False
) -> NextStep | None:
    """Return the next step according to the draft's last round, or None when the status is sufficient.

    `requests` are those that have been sent to the developer; `blocked` means that the checks prevent a certificate.
    """
    if row is None:
        return None
    if row.is_open:
        return _open(draft, row, signed=approvals.is_signed(row), waiting=waiting(requests), blocked=blocked)
    if draft.status != ConnectorStatus.FAILED or developer_abilities.run_before_reviewers(draft) is None:
        # The round is over, and newer checks decide.
        return None
    if row.decision == Decision.EXPIRED:
        sentence = "The requested changes did not arrive in time. Choose a new tag and submit again when you are ready."
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, wants_tag=True)
    if row.decision == Decision.FAILED:
        sentence = (
            f"The certificate was refused: {row.get_reason_display().lower()}. Read the reviewer’s message below, then "
            "submit a new tag, or appeal if you think this is wrong."
        )
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, wants_tag=True)
    return None


def for_drafts(drafts: Iterable[ConnectorStaged]) -> dict[UUID, NextStep]:
    """Return the next steps of the drafts that wait for a decision, by draft id, in one query."""
    by_id = {draft.pk: draft for draft in drafts if draft.status in REVIEWED}
    if not by_id:
        return {}
    rows = Round.objects.open().filter(draft_id__in=by_id).annotate(signed=approvals.signed())
    return {
        row.draft_id: _open(by_id[row.draft_id], row, signed=getattr(row, "signed", False), waiting=0, blocked=False)
        for row in rows
    }


def waits_for_developer() -> Q:
    """Return the condition for drafts in review that wait for their developers."""
    return Q(pk__in=Round.objects.open().filter(turn=Turn.DEVELOPER).values("draft_id"))


def waiting(requests: Iterable[ChangeRequest]) -> int:
    """Return how many requests wait for the developer."""
    return sum(request.state == ChangeRequest.State.OPEN for request in requests)


def blocked(row: Round) -> tuple[str, ...]:
    """Return what prevents a certificate for an open round, in sentences, as reviewers see it as well."""
    if not row.is_open or row.turn == Turn.SYSTEM:
        return ()
    return tuple(map(str, obstacles.of_machine(row, machine_evidence.gather(row, now=timezone.now()))))


def _open(draft: ConnectorStaged, row: Round, *, signed: bool, waiting: int, blocked: bool) -> NextStep:
    until = when(row.due_at)
    rest = "" if blocked else "; nothing to do for you"
    if row.turn == Turn.SYSTEM:
        sentence = f"Tag {row.tag} is being checked. When the checks pass, the review continues."
        return NextStep(Who.SYSTEM, "The checks are running.", sentence)
    if row.turn == Turn.DEVELOPER and row.awaits == Awaits.ANSWER:
        sentence = f"A reviewer asked you something. Answer in the conversation below by {until}."
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, row.due_at)
    if row.turn == Turn.DEVELOPER:
        tasks = {0: "The requested changes", 1: "1 requested change"}.get(waiting, f"{waiting} requested changes")
        verb = "waits" if waiting == 1 else "wait"
        sentence = (
            f"{tasks} {verb} for you until {until}. Mark what is done and choose a new tag. You keep your place in the "
            "queue. If no new tag arrives by then, the request for certification fails."
        )
        return NextStep(Who.DEVELOPER, "It is your turn.", sentence, row.due_at)
    if signed:
        sentence = f"One reviewer has signed. A second one must sign, too. {_promise('They decide', row)}."
        return NextStep(Who.REVIEWER, "It is the reviewers’ turn.", sentence, row.due_at)
    if draft.status == ConnectorStatus.READY_FOR_CERTIFICATION:
        passed = "" if blocked else "All required checks passed. "
        sentence = f"{passed}{_promise('A reviewer decides', row)}{rest}."
        return NextStep(Who.REVIEWER, "It is the reviewers’ turn.", sentence, row.due_at)
    sentence = f"A reviewer is reviewing tag {row.tag}. {_promise('They decide or answer', row)}{rest}."
    return NextStep(Who.REVIEWER, "It is the reviewer’s turn.", sentence, row.due_at)


def _promise(verb: str, row: Round) -> str:
    """Return by when the reviewers act, or that they are overdue."""
    now, until = timezone.now(), when(row.due_at)
    if not overdue.is_overdue(row, now=now):
        return f"{verb} by {until}"
    return (
        f"The decision was due {until} and is {formatting.due_of(row, now=now, calendar=business_calendar.calendar())}"
    )
