"""A decision as it will be seen: the comment that the API will show, and the mail that goes out.

Both are made by the code that makes the real ones, from an event and a comment that are not stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils.safestring import SafeString

from accounts import events
from accounts.models import User
from certification import business_calendar
from certification.choices import AnswerKind
from certification.decisions import changes, steps
from certification.models import Notification, Round
from certification.notifications import event_facts, telling
from certification.notifications.channels import mail
from certification.notifications.kinds import KINDS, Side
from certification.rounds import rounds
from connectors.drafts import representation
from connectors.models import CertificationComment

Mail = Notification.Mail


@dataclass(frozen=True)
class Preview:
    """What others will see of a decision.

    `comment` is the contract's CertificationComment, None without a text. `message` is the mail to the first of those
    who get one at once, `body` its HTML part without the frame; None when nobody wants one. `at_once` and `daily` are
    how many people get it, and how many read of it in their daily mail.
    """

    kind: str
    comment: Mapping[str, Any] | None
    message: EmailMultiAlternatives | None
    body: SafeString
    at_once: int
    daily: int

    @property
    def json(self) -> str:
        """The comment as the API writes it, easier to read."""
        return json.dumps(self.comment, ensure_ascii=False, indent=2) if self.comment else ""


def build(
    row: Round, *, kind: str, message: str, by: User, now: datetime, reason: str = "", days: int | None = None
) -> Preview:
    """Return what a decision with this message, reason and deadline would show, if it were sent now."""
    kind = steps.effect(row, kind, by=by)
    actor, text = rounds.reviewer(by), steps.public_text(row, kind, message)
    comment = (
        CertificationComment(draft=row.draft, public_name=actor.public_name, author=by, text=text, created_at=now)
        if text
        else None
    )
    event = events.compose(
        steps.EVENTS[kind],
        by=actor,
        subject_type="connector",
        subject_id=row.draft_id,
        subject_label=row.draft.label,
        project_key=row.project.key,
        commit=row.commit,
        details=_details(kind, reason=reason, days=days, now=now),
    )
    said = event_facts.facts(event, comment=comment)
    told = [one for one in telling.compose(event, said=said) if KINDS[one.kind].side is Side.DEVELOPERS]
    mailed = [one for one in told if one.mail == Mail.WAITING]
    return Preview(
        kind=kind,
        comment=representation.certification_info([comment])["comments"][0] if comment else None,
        message=mail.compose(mailed[0], said=said) if mailed else None,
        body=mail.body(mailed[0], said=said) if mailed else SafeString(""),
        at_once=len(mailed),
        daily=sum(one.mail == Mail.DIGEST for one in told),
    )


def _details(kind: str, *, reason: str, days: int | None, now: datetime) -> dict[str, object]:
    details: dict[str, object] = {"reason": reason} if reason else {}
    if kind in (AnswerKind.QUESTION, AnswerKind.CHANGES):
        possible = days if days is not None and 1 <= days <= changes.MOST_DAYS else None
        details["due"] = steps.deadline(kind, days=possible, now=now, calendar=business_calendar.calendar()).isoformat()
    return details


def sends(kind: str) -> bool:
    """Return whether a kind of answer is a decision that can be previewed."""
    return kind in steps.EVENTS and kind != AnswerKind.APPROVED
