"""The answer to "may this be done now?"."""

from __future__ import annotations

import pytest

from accounts.ability import Ability


def test_what_nothing_prevents_is_possible_and_raises_nothing() -> None:
    able = Ability()

    able.require()
    assert (bool(able), able.possible, able.why_not, able.refusal, able.since, able.until) == (
        True, True, "", None, None, None,
    )  # fmt: skip


def test_what_is_refused_says_why_and_raises_it() -> None:
    refusal = ValueError("Wait for the checks.")
    able = Ability(refusal)

    assert (bool(able), able.possible, able.why_not) == (False, False, "Wait for the checks.")
    with pytest.raises(ValueError, match=r"^Wait for the checks\.$") as raised:
        able.require()
    assert raised.value is refusal
