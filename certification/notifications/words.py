"""What is said of an event: the words of the table with the facts of the event in them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.actors import Kind as ActorKind
from accounts.models import Event
from certification import evidence, guards, rounds
from certification.notifications.kinds import Side
from connectors.models import CertificationComment, ConnectorStaged

LONGEST_COMMENT = 2_000


@dataclass(frozen=True)
class Facts:
    """What the words may name. `actor` is a name for colleagues; a reviewer is never named to a developer."""

    draft: ConnectorStaged | None
    actor: str
    tag: str
    comment: CertificationComment | None

    def fill(self, text: str) -> str:
        """Put the facts into words."""
        said = self.comment.text if self.comment else ""
        if len(said) > LONGEST_COMMENT:
            said = f"{said[: LONGEST_COMMENT - 1]}…"
        # Replaced one by one: a comment may hold braces of its own.
        filled = text.replace("{actor}", self.actor).replace("{tag}", self.tag)
        if "{certificate}" in filled:
            filled = filled.replace("{certificate}", self._certificate())
        return filled.replace("{comment}", said).strip()

    def _certificate(self) -> str:
        """Say what keeps the tag from a certificate by itself, if anything does."""
        row = rounds.current(self.draft.pk) if self.draft else None
        seen = evidence.gather(row, now=rounds.present()) if row else None
        reasons = [str(one) for one in guards.machine_obstacles(row, seen)] if row and seen else []
        return f"It cannot get a certificate yet: {' '.join(reasons)}" if reasons else "Nothing to do for you."


def facts(event: Event, *, comment: CertificationComment | None = None) -> Facts:
    """Gather what the words of an event may name; `comment` is one that is not stored yet, of an event that is not."""
    draft = ConnectorStaged.objects.select_related("project").filter(pk=event.subject_id).first()
    return Facts(
        draft=draft,
        actor=event.actor_label or "Somebody",
        tag=str(event.details.get("tag") or event.details.get("to") or (draft.repository_tag if draft else "")),
        comment=comment or _comment(event),
    )


def title_for(side: Side, event: Event) -> str:
    """Return what a mail is about: the connector, as it was called then."""
    name = event.subject_label or event.subject_id
    return name if side is Side.DEVELOPERS else f"{name} ({event.project_key})"


def _comment(event: Event) -> CertificationComment | None:
    """Return the public comment that an event brought, if it brought one."""
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
