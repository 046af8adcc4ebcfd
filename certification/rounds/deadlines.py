"""What happens at a certain time: reminders, deadlines and expired waivers. The worker's sweep calls `sweep`."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts import events
from certification import business_calendar
from certification.choices import Awaits, Decision, FailReason, Turn
from certification.models import Round, TimeLimit
from certification.rounds import rounds
from connectors.drafts import actions
from connectors.drafts.representation import report_entry
from connectors.errors import ConnectorError
from connectors.models import Waiver
from validator.report import entries

logger = logging.getLogger(__name__)

NO_ANSWER = (
    "The requested changes did not arrive by the deadline, so this request for certification has failed. Nothing is "
    "lost: choose a new tag and submit it for certification when you are ready."
)


@dataclass(frozen=True)
class Swept:
    """How many of each kind were handled."""

    reminded: int
    failed: int
    returned: int
    expired_waivers: int


def sweep(*, now: datetime | None = None) -> Swept:
    """Do everything that is due. Several workers may call it at once: each row is checked again under its lock."""
    moment = now or rounds.now()
    late = _waiting(moment)
    return Swept(
        reminded=sum(_remind(draft_id, moment) for draft_id in _due_soon(moment)),
        failed=sum(_fail(draft_id, moment) for draft_id in late[Awaits.CHANGES]),
        returned=sum(_return_turn(draft_id, moment) for draft_id in late[Awaits.ANSWER]),
        expired_waivers=_record_expired(moment),
    )


def _waiting(now: datetime) -> dict[str, list[UUID]]:
    rows = (
        Round.objects.open().filter(business_calendar.past(now), turn=Turn.DEVELOPER).values_list("awaits", "draft_id")
    )
    found: dict[str, list[UUID]] = {Awaits.CHANGES: [], Awaits.ANSWER: []}
    for awaits, draft_id in rows:
        found.setdefault(awaits, []).append(draft_id)
    return found


def _due_soon(now: datetime) -> list[UUID]:
    calendar = business_calendar.calendar()
    soon = calendar.add(now, calendar.days(TimeLimit.For.REMINDER))
    rows = Round.objects.open().filter(
        ~business_calendar.past(now), turn=Turn.DEVELOPER, reminded_at=None, due_at__lte=soon
    )
    return list(rows.values_list("draft_id", flat=True))


def _remind(draft_id: UUID, now: datetime) -> bool:
    try:
        with rounds.change_round(draft_id, by=rounds.portal(), event="certification:reminded") as (row, details):
            if row.turn != Turn.DEVELOPER or row.reminded_at is not None:
                raise rounds.NothingToDo
            row.reminded_at = now
            details.update({"due": row.due_at.isoformat(), "awaits": row.awaits})
    except (rounds.NothingToDo, ConnectorError):
        return False
    return True


def _fail(draft_id: UUID, now: datetime) -> bool:
    """Fail a request for certification whose requested changes did not arrive in time, with a public comment."""
    try:
        with rounds.change_draft_and_round(draft_id, by=rounds.portal(), now=now) as step:
            row = step.round
            if row.awaits != Awaits.CHANGES or not business_calendar.is_past(row.due_at, now=now):
                raise rounds.NothingToDo
            actions.comment(step.change, text=NO_ANSWER)
            entry = entries.of_refusal(FailReason.NO_ANSWER.label.lower(), NO_ANSWER)
            step.draft.fail(reason=report_entry(entry, now=now))
            rounds.close(
                row,
                decision=Decision.EXPIRED,
                by=step.change.by,
                now=now,
                calendar=step.calendar,
                reason=FailReason.NO_ANSWER,
            )
            row.status = step.draft.status
            step.change.record(
                "certification:expired",
                details={"round": row.number, "due": row.due_at.isoformat()},
                commit=row.commit,
            )
    except rounds.NothingToDo:
        return False
    except ConnectorError:
        logger.exception("A deadline passed, but the connector could not be failed.")
        return False
    return True


def _return_turn(draft_id: UUID, now: datetime) -> bool:
    """Return the turn to the reviewer after a question that nobody answered in time."""
    try:
        with rounds.change_round(draft_id, by=rounds.portal(), event="certification:question-unanswered") as (row, _):
            if row.awaits != Awaits.ANSWER or not business_calendar.is_past(row.due_at, now=now):
                raise rounds.NothingToDo
            rounds.pass_turn(row, Turn.REVIEWER, awaits=Awaits.REVIEW, now=now, calendar=business_calendar.calendar())
    except (rounds.NothingToDo, ConnectorError):
        return False
    return True


def _record_expired(now: datetime) -> int:
    """Record each expired waiver once. Its findings need no change: they are open again when it expires."""
    gone = Waiver.objects.filter(
        expires_at__lte=now, expiry_told_at=None, revoked_at=None, approved_at__isnull=False
    ).select_related("draft__project")
    told = 0
    for waiver in gone:
        if Waiver.objects.filter(pk=waiver.pk, expiry_told_at=None).update(expiry_told_at=now):
            events.record(
                "waiver:expired",
                by=rounds.portal(),
                subject_type="connector",
                subject_id=waiver.draft_id,
                subject_label=waiver.draft.label,
                project_key=waiver.draft.project.key,
                details={"waiver": waiver.pk, "title": waiver.title},
            )
            told += 1
    return told
