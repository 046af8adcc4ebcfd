"""The refusal of the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.ability import Ability
from accounts.models import User
from certification.choices import Decision, FailReason
from certification.decisions import Choice, DecisionKind, Effect, register, steps
from certification.errors import ReviewError
from certification.models import Answer
from certification.notifications.channels.commit_status import Status
from certification.notifications.kinds import Notice, Topic
from certification.rounds import conversation, rounds
from certification.rounds.abilities import Abilities
from connectors.drafts.representation import report_entry
from validator.report import entries

REASON = Choice("reason", "Reason", tuple(FailReason.choices), missing="Choose a reason.")
FAILED = Effect(
    kind="failed",
    label="Failed",
    event="certification:failed",
    icon="alert-octagon",
    words="refused the certificate",
    sent="The submission failed, and the developer sees why.",
    status=Status("failure", "The certificate was refused."),
    topic=Topic(
        "certification.refused",
        "The certificate was refused",
        developers=Notice(
            "decision",
            "The certificate was refused",
            "Reason: {reason}.\n\n{comment}",
            "Fix what the message names and submit a new tag, or appeal if you think the decision is wrong.",
            open="Read the decision",
            links=("tag", "appeal"),
        ),
        reviewer=Notice("review", "The certificate was refused", "{actor} refused the certificate for tag {tag}."),
    ),
)


def ability(can: Abilities) -> Ability:
    """Return whether this person may refuse the certificate now."""
    return can.decide()


def fail(
    draft_id: UUID,
    *,
    by: User,
    reason: str,
    message: str,
    token: UUID | None = None,
    last_event_id: int | None = None,
    now: datetime | None = None,
) -> Answer:
    """Refuse the certificate, with a reason for statistics and a message for the developer."""
    if reason not in FailReason.values:
        raise ReviewError(REASON.missing)
    if not message.strip():
        raise ReviewError("Say why. The developer gets this message.")
    with steps.deciding(draft_id, ability, by=by, last_event_id=last_event_id, now=now) as (step, _):
        row = step.round
        answer = conversation.say(step, FAILED.kind, by=by, message=message, token=token, reason=reason)
        entry = entries.of_refusal(FailReason(reason).label.lower(), answer.text)
        step.draft.fail(reason=report_entry(entry, now=step.now))
        rounds.close(
            row, decision=Decision.FAILED, by=step.change.by, now=step.now, calendar=step.calendar, reason=reason
        )
        row.status = step.draft.status
        step.change.record(FAILED.event, details=conversation.details_of(answer), commit=row.commit)
    return answer


def details(can: Abilities, given: Mapping[str, Any]) -> dict[str, object]:
    """Return the reason for the details of the event."""
    return {"reason": given["reason"]} if given.get("reason") else {}


register(
    DecisionKind(
        (FAILED,),
        offer="Fail…",
        button="Fail submission",
        ability=ability,
        send=fail,
        tone="danger",
        fields=(REASON,),
        details=details,
        note="The reason and the beginning of this text also become an entry of type Error in publishingReport.",
    )
)
