"""The digest of everything that affects a result: the same digest means the same checks, on any machine."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

_ENGINE = Path(__file__).resolve().parents[1]
_DECIDES = frozenset((".py", ".yml", ".yaml", ".json", ".csv", ".txt"))


@lru_cache(maxsize=1)
def digest() -> str:
    """Return the SHA-256 over the names and contents of the engine's code, rules and tables, 64 hex digits."""
    total = hashlib.sha256()
    for path in sorted(_ENGINE.rglob("*"), key=lambda path: path.relative_to(_ENGINE).as_posix()):
        if path.is_file() and path.suffix in _DECIDES and "__pycache__" not in path.parts:
            content = path.read_bytes().replace(b"\r\n", b"\n")
            total.update(f"{path.relative_to(_ENGINE).as_posix()}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()
