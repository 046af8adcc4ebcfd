"""The steps that decisions share: load and guard, and pass the turn on.

A verb is one transaction: load, guard, change, record, store. Mail, webhooks and inboxes follow after the commit, from
the recorded events. `token` is unique to a form, so that a decision that is sent twice is made once. `last_event_id` is
the last event that the page knew: a later event by somebody else raises Stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from accounts.ability import Ability
from accounts.models import User
from certification.choices import Turn
from certification.errors import NotAllowed
from certification.rounds import rounds, timeline
from certification.rounds.abilities import Abilities, abilities
from certification.rounds.rounds import Step


@contextmanager
def deciding(
    draft_id: UUID,
    ability: Callable[[Abilities], Ability],
    *,
    by: User,
    last_event_id: int | None,
    now: datetime | None,
) -> Iterator[tuple[Step, Abilities]]:
    """Lock draft and round for a decision, and store both at the end. Raises the refusal of `ability`."""
    with rounds.change_draft_and_round(draft_id, by=rounds.reviewer(by), now=now) as step:
        can = abilities(step.round, by, now=step.now)
        require(ability(can), can, last_event_id=last_event_id)
        yield step, can


def require(ability: Ability, can: Abilities, *, last_event_id: int | None) -> None:
    """Raise the refusal of this decision; for a person who may decide, first Stale if others have changed something."""
    if not isinstance(ability.refusal, NotAllowed):
        timeline.require_no_news(can.round, can.by, last_event_id=last_event_id)
    ability.require()


def pass_to_developer(step: Step, *, awaits: str, due_at: datetime) -> None:
    """Pass the turn to the developer, with this deadline."""
    rounds.pass_turn(step.round, Turn.DEVELOPER, awaits=awaits, now=step.now, calendar=step.calendar, due_at=due_at)
