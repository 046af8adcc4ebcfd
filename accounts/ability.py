"""The answer to "may this be done now?": the same for the verb that refuses and for the page that offers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Ability:
    """Whether one thing can be done now. `refusal` is the error that the verb raises; its text is what pages show.

    `since` is the moment from which it becomes possible by itself, `until` the one at which it ends by itself; None
    where no clock decides.
    """

    refusal: Exception | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self.possible

    @property
    def possible(self) -> bool:
        """Whether it can be done now."""
        return self.refusal is None

    @property
    def why_not(self) -> str:
        """The sentence that says why not, or "" if nothing prevents it."""
        return "" if self.refusal is None else str(self.refusal)

    def require(self) -> None:
        """Raise the refusal where there is one."""
        if self.refusal is not None:
            raise self.refusal
