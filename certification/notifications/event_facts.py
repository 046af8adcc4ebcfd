"""The texts of notifications: the templates in `kinds`, filled with the facts of an event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from accounts.actors import ActorKind
from accounts.mail import foreign_text
from accounts.models import Event
from accounts.moments import day, when
from certification.choices import Escalation, FailReason
from certification.evidence import machine_evidence
from certification.models import ChangeRequest, Round
from certification.notifications.kinds import Side, topic_of
from certification.rounds import obstacles, rounds
from connectors.models import CertificationComment, ConnectorStaged
from validator.report.entries import ERROR

LONGEST_COMMENT = 2_000
MOST_ITEMS = 50


@dataclass(frozen=True)
class Facts:
    """The values for the placeholders. `actor` is a name for colleagues; developers never see a reviewer's name."""

    event: Event
    draft: ConnectorStaged | None
    actor: str
    tag: str
    comment: CertificationComment | None
    due_at: datetime | None = None
    reason: str = ""
    to: str = ""
    title: str = ""
    because: str = ""

    def fill(self, text: str) -> str:
        """Fill the placeholders of a text."""
        said = self.comment.text if self.comment else ""
        if len(said) > LONGEST_COMMENT:
            said = f"{said[: LONGEST_COMMENT - 1]}…"
        # Not `str.format`: a comment may contain braces.
        named = {
            "{due}": when(self.due_at) if self.due_at else "the deadline",
            "{day}": day(self.due_at) if self.due_at else "soon",
            "{reason}": self.reason,
            "{to}": self.to,
            "{title}": self.title,
            "{because}": self.because,
            "{actor}": self.actor,
            "{tag}": self.tag,
            "{comment}": said,
        }
        if "{certificate}" in text:
            text = text.replace("{certificate}", self._certificate())
        for word, fact in named.items():
            text = text.replace(word, fact)
        return text.strip()

    def for_mail(self, side: Side) -> Facts:
        """Return the facts that a mail to one side may contain: a tag that is one, and no names outside the Project."""
        cautious = replace(self, tag=foreign_text.tag(self.tag) if self.tag else "")
        if side is Side.DEVELOPERS:
            return cautious
        to = self.to if self.event.details.get("to") in Escalation.values else "another reviewer"
        return replace(cautious, actor="A colleague", to=to)

    def step(self, then: str) -> str:
        """Fill the text of the next step; "" for a promise whose turn is over when the mail is sent."""
        return "" if "{due}" in then and self.due_at is None else self.fill(then)

    def _certificate(self) -> str:
        """Return why the checks prevent a certificate for the tag, or that there is nothing to do."""
        row = rounds.current(self.draft.pk) if self.draft else None
        evidence = machine_evidence.gather(row, now=rounds.now()) if row else None
        reasons = [str(one) for one in obstacles.of_machine(row, evidence)] if row and evidence else []
        return f"It cannot get a certificate yet: {' '.join(reasons)}" if reasons else "Nothing to do for you."


def facts(event: Event, *, comment: CertificationComment | None = None) -> Facts:
    """Return the facts of an event. `comment` is given for an event that is only previewed, and not stored."""
    draft = ConnectorStaged.objects.select_related("project").filter(pk=event.subject_id).first()
    return Facts(
        event=event,
        draft=draft,
        actor=event.actor_label or "Somebody",
        tag=str(event.details.get("tag") or event.details.get("to") or (draft.repository_tag if draft else "")),
        comment=comment or _comment(event),
        due_at=_due_at(event),
        reason=_reason(event),
        to=_to(event),
        title=str(event.details.get("title", "")),
        because=str(event.details.get("because", "")),
    )


@dataclass(frozen=True)
class Item:
    """One requested change or failed check: where, and what."""

    place: str
    text: str


def items(said: Facts) -> list[Item]:
    """Return the requested changes or errors of an event, unless its comment already lists them."""
    event = said.event
    if said.draft is None:
        return []
    if event.name == "connector:rejected":
        entries = (said.draft.publishing_report or {}).get("entries", [])
        wrong = [entry for entry in entries if entry["type"] == ERROR]
        return [Item("", f"{entry['title']}: {entry['message'] or ''}".strip(": ")) for entry in wrong[:MOST_ITEMS]]
    topic = topic_of(event)
    if topic is None or not topic.lists_requests:
        return []
    asked = ChangeRequest.objects.filter(round__draft=said.draft, state=ChangeRequest.State.OPEN)
    if event.pk is not None:
        # When an event is only previewed, its requests have not been sent.
        asked = asked.exclude(sent_with=None)
    comment = said.comment.text if said.comment else ""
    return [Item(one.place, one.text) for one in asked.order_by("pk")[:MOST_ITEMS] if one.text not in comment]


def _due_at(event: Event) -> datetime | None:
    """Return the deadline in an event, else that of the turn at the time; None if that turn is over."""
    if due := event.details.get("due"):
        return datetime.fromisoformat(due)
    rows = Round.objects.open().filter(draft_id=UUID(event.subject_id), turn_since__lte=event.at)
    return rows.values_list("due_at", flat=True).first()


def _reason(event: Event) -> str:
    reason = event.details.get("reason")
    return FailReason(reason).label if reason in FailReason.values else "none was given"


def _to(event: Event) -> str:
    """Return the recipient in an event: a role for an escalation, else a name."""
    to = str(event.details.get("to") or "")
    return Escalation(to).label.lower() + "s" if to in Escalation.values and to else to


def title_for(side: Side, event: Event) -> str:
    """Return the name of the connector at the time of the event, for the subject of a mail."""
    name = event.subject_label or event.subject_id
    return name if side is Side.DEVELOPERS else f"{name} ({event.project_key})"


def _comment(event: Event) -> CertificationComment | None:
    """Return the public comment that belongs to an event, if there is one."""
    if pk := event.details.get("comment"):
        return CertificationComment.objects.filter(pk=pk, draft_id=UUID(event.subject_id)).first()
    if event.name != "connector:commented":
        return None
    rows = CertificationComment.objects.filter(draft_id=UUID(event.subject_id), created_at__lte=event.at)
    if event.actor_kind == ActorKind.USER:
        own = rows.filter(author_id=int(event.actor_id)).last()
        if own is not None:
            return own
    return rows.last()
