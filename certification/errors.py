"""The refusals of the review. Each is a sentence for the person who tried; pages show it, commands print it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.choices import ConnectorStatus
from connectors.errors import InvalidOperation


@dataclass(frozen=True)
class Obstacle:
    """One obstacle to a decision: a sentence, and the part of the page that resolves it."""

    message: str
    section: str = ""

    def __str__(self) -> str:
        return self.message


class ReviewError(InvalidOperation):
    """The review does not allow this now."""


class NothingReviewed(ReviewError):
    """No round of the connector is open."""

    def __init__(self, status: str) -> None:
        super().__init__(f"Nothing is being reviewed: the connector is {ConnectorStatus(status).label.lower()}.")


class NotAllowed(ReviewError):
    """This person may not do this with this connector, or at all."""


class Obstructed(ReviewError):
    """A decision is not possible yet; `obstacles` names everything that is missing."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(" ".join(str(obstacle) for obstacle in obstacles))
        self.obstacles = tuple(obstacles)


class TagBeingChecked(ReviewError):
    """A worker still has to find out where the tag leads; the same decision is possible when it has answered."""

    def __init__(self, tag: str) -> None:
        super().__init__(
            f"The portal is checking where the tag {tag} leads. Nothing was decided yet. Try again in a few seconds."
        )


class AlreadySent(ReviewError):
    """The same form was sent before, and carried out then."""


class Stale(ReviewError):
    """Something happened since the page was shown; `changes` says what, and nothing was overwritten."""

    def __init__(self, changes: Sequence[str]) -> None:
        super().__init__(f"Something changed since you opened the page. {' '.join(changes)}")
        self.changes = tuple(changes)
