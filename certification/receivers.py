"""Keep rounds in sync with their drafts: they open, close and pass the turn within the transaction of each change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from accounts.actors import ActorKind
from accounts.models import User
from accounts.signals import swept
from certification import business_calendar
from certification.choices import Awaits, Decision, RoundKind, Turn
from certification.comparison import tag_fetches
from certification.desk import presence
from certification.models import Round
from certification.rounds import deadlines, rounds, tag_target
from certification.verdicts import round_facts
from connectors.choices import ConnectorStatus as S
from connectors.drafts.draft_change import Change
from connectors.signals import draft_changed

UNDECIDED = frozenset({S.READY_FOR_CERTIFICATION, S.IN_CERTIFICATION})


@receiver(swept)
def keep_time(now: datetime, **_: Any) -> None:
    """Handle passed deadlines, and requeue what killed workers left, on each sweep of a worker."""
    deadlines.sweep(now=now)
    tag_fetches.recover(now=now)
    tag_target.recover(now=now)
    presence.prune(now=now)


@receiver(draft_changed)
def follow(change: Change, **_: Any) -> None:
    """Keep the open round in sync with the draft's status, no matter who changed it.

    The verbs of `decisions` and `submissions` have already closed or moved the round before this is called.
    """
    before, after = change.status_before, change.draft.status
    if after == S.READY_FOR_CERTIFICATION and before != after:
        _admitted(change, appealed=before == S.FAILED)
        return
    row = rounds.current(change.draft.pk, lock=True) if before in UNDECIDED or before == S.PROCESSING else None
    if row is None:
        return
    if before == after:
        _heard(change, row)
    elif after == S.IN_CERTIFICATION:
        _started(change, row)
    elif after in (S.PUBLISHED, S.FAILED, S.DRAFT):
        _ended(change, row)


def _admitted(change: Change, *, appealed: bool) -> None:
    """Give the turn to the reviewers after the checks passed or an appeal, and fetch the tags that they may compare."""
    tag_fetches.ask(change.draft, by=rounds.portal().public_name, now=change.now)
    waiting = rounds.current(change.draft.pk, lock=True)
    if waiting is None:
        opened = rounds.open_for(change, kind=RoundKind.APPEAL if appealed else None)
        round_facts.assess(opened, change.draft, now=change.now)
        return
    rounds.copy_facts(waiting, change.draft)
    rounds.pin(waiting, change.draft)
    rounds.pass_turn(
        waiting, Turn.REVIEWER, awaits=Awaits.REVIEW, now=change.now, calendar=business_calendar.calendar()
    )
    rounds.store(waiting)
    round_facts.assess(waiting, change.draft, now=change.now)


def _started(change: Change, row: Round) -> None:
    if row.status == S.IN_CERTIFICATION:
        return
    row.status = change.draft.status
    row.started_at = row.started_at or change.now
    if row.assignee is None and change.by.kind == ActorKind.USER:
        row.assignee = User.objects.filter(pk=change.by.id).first()
    rounds.store(row)


def _ended(change: Change, row: Round) -> None:
    decision = {
        (S.IN_CERTIFICATION, S.PUBLISHED): Decision.CERTIFIED,
        (S.IN_CERTIFICATION, S.FAILED): Decision.FAILED,
        (S.PROCESSING, S.FAILED): Decision.REJECTED,
    }.get((S(change.status_before), S(change.draft.status)), Decision.WITHDRAWN)
    rounds.close(
        row,
        decision=decision,
        by=change.by,
        now=change.now,
        calendar=business_calendar.calendar(),
        reason="other" if decision == Decision.FAILED else "",
    )
    row.status = change.draft.status
    rounds.store(row)


def _heard(change: Change, row: Round) -> None:
    """Take a comment of the developer while a question is open as the answer, so that the clock runs again."""
    if row.awaits != Awaits.ANSWER:
        return
    last = change.draft.comments.order_by("-created_at", "-id").first()
    if last is None or last.created_at < row.turn_since or last.public_name == settings.CERTIFICATION_USER_ID:
        return
    rounds.pass_turn(row, Turn.REVIEWER, awaits=Awaits.REVIEW, now=change.now, calendar=business_calendar.calendar())
    rounds.store(row)
    rounds.record("certification:question-answered", row, by=change.by, details={"comment": last.pk})
