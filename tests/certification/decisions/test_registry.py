"""That a decision registers once, and is known everywhere then."""

from __future__ import annotations

import pytest

from certification import choices, decisions
from certification.decisions import DecisionKind, certificate
from certification.notifications.kinds import TOPICS
from certification.rounds import timeline


def test_buttons_begin_with_the_certificate_and_end_with_the_refusal() -> None:
    assert list(decisions.registered()) == ["certified", "changes", "question", "failed"]


def test_every_effect_is_known_to_history_notifications_and_column() -> None:
    found = [effect for decision in decisions.registered().values() for effect in decision.effects]

    assert {effect.kind for effect in found} == set(choices.ANSWER_KINDS) - {choices.COMMENT}
    assert dict(choices.answer_kinds())["approved"] == "First approval"
    assert all(timeline.WORDS[effect.event] == (effect.icon, effect.words) for effect in found)
    assert all(TOPICS[effect.event] is effect.topic for effect in found)


def test_a_kind_and_an_event_are_registered_once() -> None:
    (sample,) = decisions.registered()["question"].effects
    again = DecisionKind((sample,), offer="Ask…", button="Ask", ability=certificate.ability, send=certificate.certify)

    with pytest.raises(ValueError, match="question"):
        decisions.register(again)

    assert decisions.registered()["question"] is not again
