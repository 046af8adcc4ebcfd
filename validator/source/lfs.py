"""Git LFS pointers: a few lines in the commit in place of a file that is kept elsewhere."""

from __future__ import annotations

import re
from typing import Final

from validator.results import Tree

MAX_POINTER: Final = 1024
"""A pointer is shorter than this (Git LFS specification, version 1)."""

_POINTER: Final = re.compile(
    rb"\s*version https?://(git-lfs\.github\.com/spec/|hawser\.github\.com/spec/|git-media\.io/v/)\S+\r?\n[\s\S]*?"
    rb"^oid sha256:[0-9a-f]{64}\s*$",
    re.MULTILINE,
)


def is_pointer(data: bytes) -> bool:
    """Return whether the whole content of a file is a pointer."""
    return len(data) <= MAX_POINTER and _POINTER.match(data) is not None


def told(path: str) -> str:
    """Return the sentence for a file that is a pointer."""
    return f"{path} is a Git LFS pointer: the file itself is not in the commit."


def is_pointer_at(tree: Tree, path: str) -> bool:
    """Return whether a file of the commit is a pointer; KeyError when there is no file."""
    return tree.size(path) <= MAX_POINTER and is_pointer(tree.read(path))
