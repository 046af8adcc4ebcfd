"""What the pages of a draft show of its review.

The review lives on the floor above; this is the shape in which it tells about itself, and where the pages ask. The
setting REVIEWS names the class that answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from connectors.drafts.next_step import NextStep
from connectors.models import ConnectorStaged


@dataclass(frozen=True)
class Task:
    """One change that a reviewer asked for. `url` is where it is ticked, "" when it cannot be any more."""

    text: str
    place: str = ""
    link: str = ""
    done: bool = False
    settled: str = ""
    reply: str = ""
    touched_by: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Remark:
    """A reviewer's comment on a line, sent with an answer."""

    place: str
    text: str
    link: str = ""


@dataclass(frozen=True)
class Round:
    """One round of the review: which commit, and how it ended."""

    number: int
    kind: str
    tag: str
    commit: str
    opened_at: datetime
    decision: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Offer:
    """One more thing that can be done: the words on the button, and where it leads."""

    label: str
    url: str
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True)
class Review:
    """Everything a draft's page shows of its review. `turn` replaces what the status alone could tell.

    `blocked` are sentences: what keeps the tag from a certificate, whatever reviewers think of it.
    `badge` is Markdown that shows badge and certificate, "" without a valid certificate.
    """

    turn: NextStep | None = None
    pace: str = ""
    blocked: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    remarks: tuple[Remark, ...] = ()
    rounds: tuple[Round, ...] = ()
    offers: tuple[Offer, ...] = field(default=())
    badge: str = ""

    @property
    def open_tasks(self) -> int:
        """How many requests wait for the developer."""
        return sum(not task.done and not task.settled for task in self.tasks)


class Source(Protocol):
    """The one who knows the reviews."""

    def review(self, draft: ConnectorStaged, *, writes: bool) -> Review:
        """Tell everything about one; `writes` says whether the reader may act."""

    def turns(self, drafts: Iterable[ConnectorStaged]) -> Mapping[UUID, NextStep]:
        """Tell whose turn it is with those that are being reviewed, in a fixed number of queries."""

    def waiting_for_developer(self) -> Q:
        """Return the condition under which a draft in review waits for its developers."""

    def pace(self, draft: ConnectorStaged) -> str:
        """Return in one sentence how long such decisions took lately, "" when too few were made."""

    def holds_certificate(self, draft: ConnectorStaged) -> bool:
        """Tell whether the production Connector has a certificate that is valid now."""


def source() -> Source:
    """Return the one that the settings name."""
    return _made(settings.REVIEWS)


def lists_at_once(draft: ConnectorStaged) -> bool:
    """Tell whether `publish` with certification lists the Connector again without another certification."""
    return draft.can_list_again() and source().holds_certificate(draft)


@lru_cache(maxsize=2)
def _made(path: str) -> Source:
    made: Source = import_string(path)()
    return made
