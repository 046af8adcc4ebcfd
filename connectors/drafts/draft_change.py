"""One change of one draft: who, when, and what is to be recorded with it."""

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
    """What a transaction does to a draft. Actions and verbs change `draft` and record events; the door writes both."""

    draft: ConnectorStaged
    by: Actor
    now: datetime
    status_before: str = ""
    project_key: str = ""
    _events: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.status_before = self.draft.status

    def record(self, name: str, *, details: Mapping[str, Any] | None = None, commit: str = "") -> None:
        """Remember an event `noun:verb`; it is written when the draft is stored."""
        self._events.append((name, dict(details or {}), commit))

    def write(self) -> None:
        """Append the remembered events. The last one carries the change of status."""
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
