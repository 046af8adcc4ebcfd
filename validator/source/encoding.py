"""Text in encodings other than UTF-8, as compilers and interpreters read it."""

from __future__ import annotations

_HEAD = 4_096
_LEAST = 16
_MANY = 0.3


def utf8(data: bytes) -> bytes:
    """Return UTF-16 text, with or without a byte order mark, as UTF-8, and anything else unchanged."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode()
    head = data[:_HEAD]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(head) >= _LEAST and head[first::2].count(0) > len(head) * _MANY:
            return data.decode(name, "replace").encode()
    return data
