"""The preview of a decision: the comment in the API, and the mail.

The same code creates both as after a real decision, from an event and a comment that are not stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils.safestring import SafeString

from accounts import events
from accounts.ability import Ability
from certification.decisions import Alert, DecisionKind, Effect
from certification.models import ChangeRequest, LineComment, Notification
from certification.notifications import event_facts, telling
from certification.notifications.channels import mail
from certification.notifications.kinds import KINDS, Side
from certification.rounds import conversation, rounds
from certification.rounds.abilities import Abilities
from connectors.drafts import representation
from connectors.models import CertificationComment

Mail = Notification.Mail


@dataclass(frozen=True)
class Preview:
    """What others will see of a decision.

    `ability` is whether it can be sent, `alert` a warning for the reviewer. `comment` is the contract's
    CertificationComment, None without a text. `message` is the mail to the first person who gets one at once, `body`
    its HTML part without the frame; None when nobody gets one. `at_once` and `daily` are the numbers of people who get
    an immediate mail, or a daily one. `requests` become tasks of the developer; `line_comments` are sent with it.
    """

    effect: Effect
    ability: Ability
    alert: Alert | None
    comment: Mapping[str, Any] | None
    message: EmailMultiAlternatives | None
    body: SafeString
    at_once: int
    daily: int
    requests: list[ChangeRequest]
    line_comments: list[LineComment]

    @property
    def json(self) -> str:
        """The comment as JSON in the shape of the API, indented."""
        return json.dumps(self.comment, ensure_ascii=False, indent=2) if self.comment else ""


def build(decision: DecisionKind, can: Abilities, *, message: str, given: Mapping[str, Any] | None = None) -> Preview:
    """Return the preview of a decision with this message and the fields `given`, as if it were sent now."""
    row, effect = can.round, decision.effect(can)
    actor, text = rounds.reviewer(can.by), effect.public_text(row, message)
    comment = (
        CertificationComment(
            draft=row.draft, public_name=actor.public_name, author=can.by, text=text, created_at=can.now
        )
        if text
        else None
    )
    event = events.compose(
        effect.event,
        by=actor,
        subject_type="connector",
        subject_id=row.draft_id,
        subject_label=row.draft.label,
        project_key=row.project.key,
        commit=row.commit,
        details=decision.details(can, given or {}),
    )
    said = event_facts.facts(event, comment=comment)
    told = [one for one in telling.compose(event, said=said) if KINDS[one.kind].side is Side.DEVELOPERS]
    mailed = [one for one in told if one.mail == Mail.WAITING]
    return Preview(
        effect=effect,
        ability=decision.ability(can),
        alert=effect.alert if can.decide() else None,
        comment=representation.certification_info([comment])["comments"][0] if comment else None,
        message=mail.compose(mailed[0], said=said) if mailed else None,
        body=mail.body(mailed[0], said=said) if mailed else SafeString(""),
        at_once=len(mailed),
        daily=sum(one.mail == Mail.DIGEST for one in told),
        requests=_requests(can) if effect.topic.lists_requests else [],
        line_comments=list(row.line_comments.filter(sent_with=None)),
    )


def _requests(can: Abilities) -> list[ChangeRequest]:
    """Return the open requests."""
    listed = conversation.requests_of(can.round)
    return [request for request in listed if request.state == ChangeRequest.State.OPEN]
