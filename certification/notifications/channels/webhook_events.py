"""The webhook message of an event: the types and fields that docs/webhooks.md promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.models import Event, Project
from accounts.webhooks import deliveries
from certification.models import ChangeRequest, Notification, Round
from certification.notifications import event_facts
from certification.notifications.channels import Channel, register
from certification.notifications.kinds import TOPICS
from connectors.drafts.representation import moment
from connectors.models import ConnectorStaged

PUBLIC_DETAILS = frozenset(
    {"run", "state", "tag", "certification", "certified", "round", "reason", "requests", "due", "from", "to"}
)
"""The details of an event that the Project may see. All others are internal."""


def tell(event: Event, _: Sequence[Notification]) -> None:
    """Queue the message of an event."""
    send(event)


def send(event: Event) -> int:
    """Queue the message for the Project's webhooks; return how many get it."""
    topic = TOPICS.get(event.name)
    project = Project.objects.filter(key=event.project_key).first()
    if topic is None or not topic.webhook or project is None:
        return 0
    if not project.webhooks.filter(disabled_at=None).exists():
        return 0
    if (pk := event.details.get("request")) and _request(event, pk) is None:
        # This request has not been sent to the developer.
        return 0
    rows = deliveries.queue(
        project, kind=topic.webhook, data=data_of(event), at=event.at, message_id=f"msg_{event.uuid.hex}"
    )
    return len(rows)


def data_of(event: Event) -> dict[str, Any]:
    """Return the `data` of a message: the connector after the event, and the public details of the event."""
    said = event_facts.facts(event)
    data: dict[str, Any] = {
        "connector": {
            "id": event.subject_id,
            "key": said.draft.key if said.draft else None,
            "name": said.draft.name if said.draft else event.subject_label,
            "projectKey": event.project_key,
            "version": event.version,
            "status": _status_after(event),
        },
        "statusBefore": event.status_from or None,
        "turn": _turn(said.draft),
        "commit": event.commit or None,
        "details": {name: value for name, value in event.details.items() if name in PUBLIC_DETAILS},
    }
    if said.comment is not None:
        data["comment"] = {
            "userId": said.comment.public_name,
            "comment": said.comment.text,
            "datetime": moment(said.comment.created_at),
        }
    if pk := event.details.get("request"):
        data["request"] = _request(event, pk)
    return data


def _status_after(event: Event) -> str | None:
    """Return the status after the whole change, which only the last event of a change has."""
    if event.version is None:
        return event.status_to or None
    same = Event.objects.filter(subject_type="connector", subject_id=event.subject_id, version=event.version)
    return same.order_by("-id").values_list("status_to", flat=True).first() or None


def _turn(draft: ConnectorStaged | None) -> str | None:
    """Return whose turn it is: developer, reviewer, system, or None when nothing is under way."""
    if draft is None:
        return None
    row = Round.objects.open().filter(draft=draft).first()
    if row is not None:
        return row.turn
    return {"Draft": "developer", "Failed": "developer", "Processing": "system"}.get(draft.status)


def _request(event: Event, pk: int) -> dict[str, Any] | None:
    """Return a requested change; None if it has not been sent to the developer."""
    rows = ChangeRequest.objects.filter(pk=pk, round__draft_id=UUID(event.subject_id)).exclude(sent_with=None)
    found = rows.first()
    if found is None:
        return None
    return {"id": found.pk, "text": found.text, "path": found.path or None, "line": found.line, "state": found.state}


register("webhooks", Channel(tell))
