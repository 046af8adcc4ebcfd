"""The decisions of reviewers: one file each, which ends by registering its decision.

Pages get the buttons, forms, previews and verbs from here. When a decision registers, the words for its events are
added to the history, the notifications and the commit statuses.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from accounts.ability import Ability
from certification import choices
from certification.formatting import typed
from certification.models import Answer, Round
from certification.notifications import kinds, links
from certification.notifications.channels import commit_status
from certification.notifications.channels.commit_status import Status
from certification.notifications.kinds import Topic
from certification.rounds import timeline
from certification.rounds.abilities import Abilities

TONES = ("primary", "", "danger")
"""The styles of buttons, in the order of the buttons."""


def _as_typed(row: Round, message: str) -> str:
    return typed(message)


def _nothing(can: Abilities, given: Mapping[str, Any]) -> dict[str, object]:
    return {}


def _unprepared(can: Abilities) -> None:
    pass


@dataclass(frozen=True)
class Choice:
    """A field to select one of some values; `missing` is the error when none is selected."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    missing: str


@dataclass(frozen=True)
class WholeNumber:
    """A field for a whole number. `usual` is its default, also for people who may not set it."""

    name: str
    label: str
    help: str
    smallest: int
    largest: int
    usual: Callable[[], int]
    ability: Callable[[Abilities], Ability]

    def within(self, given: Mapping[str, Any]) -> int | None:
        """Return the number that was entered, None if it is missing or out of range."""
        number = given.get(self.name)
        return number if number is not None and self.smallest <= number <= self.largest else None


@dataclass(frozen=True)
class Alert:
    """What a reviewer should know before sending."""

    title: str
    text: str


@dataclass(frozen=True)
class Effect:
    """What a decision creates: an answer of this kind, and an event with its words.

    `icon` and `words` are its entry in the history, `sent` is the message to the reviewer. A notification links to the
    `part` of the draft's page; `status` is the commit status. `public_text` returns the public comment for the typed
    message, and `no_comment` explains why there is none.
    """

    kind: str
    label: str
    event: str
    icon: str
    words: str
    topic: Topic
    sent: str
    part: str = ""
    status: Status | None = None
    public_text: Callable[[Round, str], str] = _as_typed
    no_comment: str = "No comment: the message is empty."
    alert: Alert | None = None


@dataclass(frozen=True)
class DecisionKind:
    """One decision.

    `effects` are its possible effects, the usual one first; `chooses` selects another for some rounds. `offer` is the
    label of the button that opens the preview, `button` that of the one that sends it. `ability` returns whether a
    person may make this decision now, and `send` is the verb, which requires the same ability: called with the id of
    the draft, `by`, `message`, `token`, `last_event_id` and the `fields` by their names, it returns the Answer.
    `details` returns the details of the event, for the preview; `prepare` is called when somebody opens it.
    `blocked` is the title above obstacles, `note` a sentence below the public comment.
    """

    effects: tuple[Effect, ...]
    offer: str
    button: str
    ability: Callable[[Abilities], Ability]
    send: Callable[..., Answer]
    tone: str = ""
    fields: tuple[Choice | WholeNumber, ...] = ()
    needs_message: bool = True
    chooses: Callable[[Abilities], Effect] | None = None
    details: Callable[[Abilities, Mapping[str, Any]], dict[str, object]] = _nothing
    prepare: Callable[[Abilities], None] = _unprepared
    blocked: str = "This blocks the decision:"
    note: str = ""

    @property
    def kind(self) -> str:
        """The name of the decision."""
        return self.effects[0].kind

    @property
    def label(self) -> str:
        """The label of the decision."""
        return self.effects[0].label

    def effect(self, can: Abilities) -> Effect:
        """Return the effect of the decision if this person sent it now."""
        return self.chooses(can) if self.chooses else self.effects[0]

    def effect_of(self, answer: Answer) -> Effect:
        """Return the effect that an answer had."""
        (found,) = (effect for effect in self.effects if effect.kind == answer.kind)
        return found


_kinds: dict[str, DecisionKind] = {}


def register(decision: DecisionKind) -> None:
    """Register a decision, and the words of its effects wherever events are shown.

    Raises ValueError for a kind or an event that is taken.
    """
    for effect in decision.effects:
        if effect.kind in choices.ANSWER_KINDS or effect.event in kinds.TOPICS:
            raise ValueError(f"{effect.kind} or {effect.event} is already registered.")
        choices.ANSWER_KINDS[effect.kind] = effect.label
        kinds.TOPICS[effect.event] = effect.topic
        timeline.WORDS[effect.event] = (effect.icon, effect.words)
        if effect.part:
            links.PARTS[effect.event] = effect.part
        if effect.status:
            commit_status.STATUSES[effect.event] = effect.status
    _kinds[decision.kind] = decision


@cache
def registered() -> Mapping[str, DecisionKind]:
    """Return the decisions of all files in this package by their kind, in the order of their buttons."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return {one.kind: one for one in sorted(_kinds.values(), key=lambda one: TONES.index(one.tone))}
