"""One change of one draft: actor, time, and the events to record with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts import events
from accounts.actors import Actor
from connectors.models import ConnectorStaged


@dataclass
class Change:
    """A transaction's change of a draft. Actions and verbs change `draft` and record events; `update` writes both."""

    draft: ConnectorStaged
    by: Actor
    now: datetime
    status_before: str = ""
    project_key: str = ""
    _events: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.status_before = self.draft.status

    def record(self, name: str, *, details: Mapping[str, Any] | None = None, commit: str = "") -> None:
        """Add an event `noun:verb`, which is written when the draft is stored."""
        self._events.append((name, dict(details or {}), commit))

    def write(self) -> None:
        """Append the collected events. The last one carries the change of status."""
        last = len(self._events) - 1
        events.append(
            [
                events.compose(
                    name,
                    by=self.by,
                    subject_type="connector",
                    subject_id=self.draft.id,
                    subject_label=self.draft.label,
                    project_key=self.project_key or self.draft.project.key,
                    status_from=self.status_before,
                    status_to=self.draft.status if n == last else self.status_before,
                    version=self.draft.version,
                    commit=commit,
                    details=details,
                )
                for n, (name, details, commit) in enumerate(self._events)
            ]
        )
