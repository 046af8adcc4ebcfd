"""Compare two texts line by line, in bounded time for any texts.

Lines that both texts have exactly once are matched first (the patience algorithm). Short parts between them are
compared by the standard library; a long part counts as replaced. Git would be faster, but needs a process and two
files for each comparison (decision record 0016).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SMALL = 400
"""Lines of a part that the standard library may compare; its worst case is quadratic."""

CONTEXT = 3


@dataclass(frozen=True)
class Line:
    """One row of a difference. `old` and `new` are line numbers from 1; the sign is `+`, `-` or a blank.

    `pieces` has the text again in colored parts, or is empty.
    """

    sign: str
    old: int | None
    new: int | None
    text: str
    pieces: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pair:
    """One row of the side-by-side view: the old line and the new one."""

    old: Line | None
    new: Line | None


@dataclass(frozen=True)
class Hunk:
    """Consecutive rows, and how many equal lines were left out before them."""

    skipped: int
    lines: tuple[Line, ...]

    def pairs(self) -> Iterator[Pair]:
        """Yield the rows for the side-by-side view: adjacent removed and added lines share a row."""
        removed: list[Line] = []
        added: list[Line] = []
        for line in (*self.lines, None):
            if line is not None and line.sign == "-" and not added:
                removed.append(line)
            elif line is not None and line.sign == "+":
                added.append(line)
            else:
                yield from _beside(removed, added)
                removed, added = ([line], []) if line is not None and line.sign == "-" else ([], [])
                if line is not None and line.sign == " ":
                    yield Pair(line, line)


@dataclass(frozen=True)
class Difference:
    """The difference of two texts: its hunks, and how many lines were added and removed."""

    hunks: tuple[Hunk, ...]
    added: int
    removed: int
    rest: int = 0


def compare(before: str, after: str, *, context: int = CONTEXT, show: frozenset[int] = frozenset()) -> Difference:
    """Return the difference; the lines of `after` in `show` are shown even where nothing changed."""
    old, new = _split(before), _split(after)
    rows = list(_rows(old, new))
    near = _near(rows, context=context, show=show)
    hunks: list[Hunk] = []
    current: list[Line] = []
    skipped = 0
    for n, row in enumerate(rows):
        if n in near:
            current.append(row)
            continue
        if current:
            hunks.append(Hunk(skipped, tuple(current)))
            current, skipped = [], 0
        skipped += 1
    if current:
        hunks.append(Hunk(skipped, tuple(current)))
        skipped = 0
    return Difference(
        hunks=tuple(hunks),
        added=sum(row.sign == "+" for row in rows),
        removed=sum(row.sign == "-" for row in rows),
        rest=skipped,
    )


def _beside(removed: Sequence[Line], added: Sequence[Line]) -> Iterator[Pair]:
    for n in range(max(len(removed), len(added))):
        yield Pair(removed[n] if n < len(removed) else None, added[n] if n < len(added) else None)


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _near(rows: Sequence[Line], *, context: int, show: frozenset[int]) -> set[int]:
    near: set[int] = set()
    for n, row in enumerate(rows):
        if row.sign != " " or row.new in show:
            near.update(range(max(0, n - context), min(len(rows), n + context + 1)))
    return near


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    at_old = at_new = 0
    for start_old, start_new, length in (*_matches(old, new), (len(old), len(new), 0)):
        for n in range(at_old, start_old):
            yield Line("-", n + 1, None, old[n])
        for n in range(at_new, start_new):
            yield Line("+", None, n + 1, new[n])
        for n in range(length):
            yield Line(" ", start_old + n + 1, start_new + n + 1, new[start_new + n])
        at_old, at_new = start_old + length, start_new + length


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the equal parts as (start in old, start in new, length), in order.

    There is no recursion, because a hostile text could exhaust the stack.
    """
    found: list[tuple[int, int, int]] = []
    parts = [(0, len(old), 0, len(new))]
    while parts:
        a, b, c, d = parts.pop()
        head = 0
        while a + head < b and c + head < d and old[a + head] == new[c + head]:
            head += 1
        if head:
            found.append((a, c, head))
            a, c = a + head, c + head
        tail = 0
        while b - tail > a and d - tail > c and old[b - tail - 1] == new[d - tail - 1]:
            tail += 1
        if tail:
            found.append((b - tail, d - tail, tail))
            b, d = b - tail, d - tail
        if a == b or c == d:
            continue
        anchors = _anchors(_once(old, a, b), _once(new, c, d))
        if anchors:
            last_old, last_new = a, c
            for x, y in anchors:
                parts.append((last_old, x, last_new, y))
                found.append((x, y, 1))
                last_old, last_new = x + 1, y + 1
            parts.append((last_old, b, last_new, d))
        elif b - a <= SMALL and d - c <= SMALL:
            blocks = SequenceMatcher(None, old[a:b], new[c:d], autojunk=False).get_matching_blocks()
            found += [(a + block.a, c + block.b, block.size) for block in blocks if block.size]
    return _joined(sorted(found))


def _anchors(once_old: dict[str, int], once_new: dict[str, int]) -> list[tuple[int, int]]:
    """Return the longest increasing sequence of lines that occur exactly once in both parts."""
    pairs = sorted((x, once_new[line]) for line, x in once_old.items() if line in once_new)
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_, y) in enumerate(pairs):
        place = bisect_left(tops, y)
        before.append(ends[place - 1] if place else -1)
        if place == len(tops):
            tops.append(y)
            ends.append(n)
        else:
            tops[place], ends[place] = y, n
    series: list[tuple[int, int]] = []
    n = ends[-1] if ends else -1
    while n >= 0:
        series.append(pairs[n])
        n = before[n]
    return series[::-1]


def _once(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    counted = Counter(lines[start:end])
    return {line: n for n, line in enumerate(lines[start:end], start=start) if counted[line] == 1}


def _joined(found: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    joined: list[tuple[int, int, int]] = []
    for a, c, length in found:
        if joined and (joined[-1][0] + joined[-1][2], joined[-1][1] + joined[-1][2]) == (a, c):
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + length)
        else:
            joined.append((a, c, length))
    return joined
