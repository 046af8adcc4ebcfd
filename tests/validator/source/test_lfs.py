"""Pointers of Git LFS: what is one, and what only speaks of one."""

from __future__ import annotations

import pytest

from tests.validator.checks.conftest import POINTER
from validator.source import lfs


@pytest.mark.parametrize(
    "text",
    [
        POINTER,
        POINTER.replace("\n", "\r\n"),
        POINTER.replace("size", "ext-0-foo sha256:00\nsize"),
        POINTER.replace("git-lfs.github.com", "hawser.github.com"),
    ],
)
def test_a_pointer_is_known(text: str) -> None:
    assert lfs.is_pointer(text.encode())


@pytest.mark.parametrize(
    "text",
    ["", "version 1\n", f"A pointer looks like this:\n\n{POINTER}", POINTER.partition("oid")[0], POINTER + "x" * 1024],
)
def test_other_texts_are_none(text: str) -> None:
    assert not lfs.is_pointer(text.encode())
