"""Sealed secrets."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import sealing

pytestmark = pytest.mark.security


def test_what_is_sealed_is_opened_for_the_same_purpose_only() -> None:
    sealed = sealing.seal("user / pässword", purpose="a")

    assert "ssword" not in sealed
    assert sealing.unseal(sealed, purpose="a") == "user / pässword"
    with pytest.raises(sealing.Broken):
        sealing.unseal(sealed, purpose="b")


def test_a_rotated_key_opens_what_it_sealed_as_long_as_it_is_a_fallback(settings: Any) -> None:
    settings.SECRET_KEY = "first"
    sealed = sealing.seal("word", purpose="a")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "second", ["first"]
    assert sealing.unseal(sealed, purpose="a") == "word"

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(sealing.Broken):
        sealing.unseal(sealed, purpose="a")


def test_what_was_never_sealed_is_broken() -> None:
    with pytest.raises(sealing.Broken):
        sealing.unseal("plain text ä", purpose="a")
