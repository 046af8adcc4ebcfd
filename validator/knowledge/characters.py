"""Find invisible and direction-changing characters, and make them visible.

Those that emoji, Persian, Arabic, Hebrew, the scripts of India, Korean and Mongolian need are allowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_DIRECTION: Final = "\u202a-\u202e\u2066-\u2069"
_MARKS: Final = "\u061c\u200e\u200f"
_ZERO_WIDTH: Final = (
    "\u00ad\u034f\u180e\u200b-\u200d\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
FILLERS: Final = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159"
"""Letters, marks and symbols without a visible glyph."""

_SELECTORS: Final = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS: Final = "\U000e0000-\U000e007f"
_PRIVATE: Final = "\ue000-\uf8ff"
_FAR_PRIVATE: Final = "\U000f0000-\U000ffffd\U00100000-\U0010fffd"

_HIDDEN: Final = re.compile(f"[{_DIRECTION}{_MARKS}{_ZERO_WIDTH}{FILLERS}{_SELECTORS}{_TAGS}{_PRIVATE}{_FAR_PRIVATE}]+")
_IS_DIRECTION: Final = re.compile(f"[{_DIRECTION}]")
_IS_MARK: Final = re.compile(f"[{_MARKS}]")
_IS_SELECTOR: Final = re.compile(f"[{_SELECTORS}]")
_IS_PRIVATE: Final = re.compile(f"[{_PRIVATE}]")
_IS_PAYLOAD: Final = re.compile(f"[{_TAGS}{_FAR_PRIVATE}]")
# Flags of regions are a black flag and tags (Unicode Technical Standard 51, emoji tag sequences).
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,8}\U000e007f")
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Letters and marks of the scripts in which a joiner or non-joiner changes the form of its neighbors.
_JOINED: Final = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff"
    "\ufe70-\ufefc\U00010a00-\U00011fff]"
)
_KEYCAP: Final = frozenset("0123456789#*\u00a9\u00ae")
_FLOOD: Final = 8
_NEAR: Final = 200


class CharacterKind(StrEnum):
    """What a hidden character does."""

    DIRECTION = "direction"
    INVISIBLE = "invisible"
    BREAK = "line break"
    PAYLOAD = "payload"
    PRIVATE = "private"


@dataclass(frozen=True)
class Spot:
    """Adjacent hidden characters of one kind: from `start` to before `end`."""

    kind: CharacterKind
    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """A piece of a line; `name` is set for hidden characters and is what to show in their place."""

    text: str
    name: str = ""


def spots(text: str) -> Iterator[Spot]:
    """Yield the hidden characters of a text that no script and no emoji needs, in order."""
    for run in _HIDDEN.finditer(text):
        last: Spot | None = None
        flag = _FLAG.match(text, run.start() - 1) if run.start() else None
        for place in range(flag.end() if flag else run.start(), run.end()):
            kind = _kind(text, place, flood=run.end() - run.start() >= _FLOOD)
            if kind is None:
                continue
            if last is not None and (last.kind, last.end) == (kind, place):
                last = Spot(kind, last.start, place + 1)
                continue
            if last is not None:
                yield last
            last = Spot(kind, place, place + 1)
        if last is not None:
            yield last


def pieces(line: str, *, is_first: bool = False) -> list[Piece]:
    """Return a line in pieces, hidden characters with their names; the first line may begin with a byte order mark."""
    found: list[Piece] = []
    shown = 0
    line = line if is_first else f"\n{line}"
    for spot in spots(line):
        if spot.start > shown:
            found.append(Piece(line[shown : spot.start]))
        found.append(Piece(line[spot.start : spot.end], named(line[spot.start : spot.end])))
        shown = spot.end
    if shown < len(line) or not found:
        found.append(Piece(line[shown:]))
    if not is_first:
        found[0] = Piece(found[0].text[1:])
    return found


def marked(line: str) -> str:
    """Return a line with the code points of its hidden characters in brackets in their place."""
    return "".join(f"[{piece.name.partition(' ')[0]}]" if piece.name else piece.text for piece in pieces(line))


def named(run: str) -> str:
    """Return code point and name of the first character of a run, and how many more there are."""
    more = f" and {len(run) - 1} more" if len(run) > 1 else ""
    return f"U+{ord(run[0]):04X} {unicodedata.name(run[0], 'PRIVATE USE')}{more}"


def is_right_to_left(text: str) -> bool:
    """Return whether a text has letters of a script that is written from right to left."""
    return _RIGHT_TO_LEFT.search(text) is not None


def is_balanced(line: str) -> bool:
    """Return whether every change of direction in a line ends in the line, innermost first."""
    waiting: list[str] = []
    for char in _IS_DIRECTION.findall(line):
        if char in "\u202c\u2069":
            if not waiting or waiting.pop() != char:
                return False
        else:
            waiting.append("\u202c" if char < "\u2066" else "\u2069")
    return not waiting


def _kind(text: str, place: int, *, flood: bool) -> CharacterKind | None:
    """Return what the hidden character at a position does, or None when its neighbors need it."""
    char = text[place]
    before = text[place - 1] if place else ""
    after = text[place + 1] if place + 1 < len(text) else ""
    if _IS_DIRECTION.match(char):
        return CharacterKind.DIRECTION
    if char in "\u2028\u2029":
        return CharacterKind.BREAK
    if _IS_PAYLOAD.match(char):
        return CharacterKind.PAYLOAD
    if _is_needed(char, before, after, text, place):
        return None
    if flood:
        return CharacterKind.PAYLOAD
    if _IS_SELECTOR.match(char) and (_IS_SELECTOR.match(before) or _IS_SELECTOR.match(after)):
        return CharacterKind.PAYLOAD
    return CharacterKind.PRIVATE if _IS_PRIVATE.match(char) else CharacterKind.INVISIBLE


def _is_needed(char: str, before: str, after: str, text: str, place: int) -> bool:
    """Return whether a script or an emoji needs the character at this position."""
    if char == "\ufeff":
        return place == 0
    if char in "\u200c\u200d":
        if _JOINED.match(before) or _JOINED.match(after):
            return True
        return char == "\u200d" and _is_picture(before) and _is_picture(after)
    if _IS_SELECTOR.match(char):
        return before in _KEYCAP or (before > "\u007f" and not _HIDDEN.match(before) and not before.isspace())
    if char in "\u115f\u1160":
        return any("\u1100" <= other <= "\u11ff" for other in (before, after) if other and other not in "\u115f\u1160")
    if char == "\u2800":
        return any("\u2801" <= other <= "\u28ff" for other in (before, after))
    if char in "\u17b4\u17b5":
        return "\u1780" <= before <= "\u17ff"
    if _IS_MARK.match(char):
        before_it = text[max(0, place - _NEAR) : place].rpartition("\n")[2]
        return is_right_to_left(before_it + text[place : place + _NEAR].partition("\n")[0])
    return False


def _is_picture(char: str) -> bool:
    """Return whether a character can be part of an emoji."""
    return bool(char) and (char == "\ufe0f" or unicodedata.category(char) in ("So", "Sk") or char >= "\U0001f000")
