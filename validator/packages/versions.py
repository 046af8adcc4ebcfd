"""Compare versions by the rules of each ecosystem, and evaluate the ranges of advisories.

Sources: Semantic Versioning 2.0.0 (npm), PEP 440 (PyPI), Maven's version order specification, PHP's version_compare and
Composer's normalization (Packagist), the OSV schema (ranges and their evaluation).
Decision record 0016 compares them with a library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cmp_to_key, lru_cache
from typing import Any

from packaging.version import InvalidVersion, Version

Key = Any
"""A value that can be compared with others of the same ecosystem."""


class VersionError(ValueError):
    """The text is not a version in its ecosystem."""


_SEMVER = re.compile(
    r"[v=\s]*(\d{1,20})(?:\.(\d{1,20}))?(?:\.(\d{1,20}))?(?:\.\d{1,20})?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\s*"
)


def _semver(text: str) -> Key:
    hit = _SEMVER.fullmatch(text)
    if hit is None:
        raise VersionError(text)
    numbers = tuple(int(part or 0) for part in hit.group(1, 2, 3))
    if hit[4] is None:
        return numbers, 1, ()
    # Numbers sort before words (item 11.4); a version with a suffix sorts before the one without.
    parts = tuple(
        (0, int(part), "") if part.isdigit() and len(part) < 20 else (1, 0, part) for part in hit[4].split(".")
    )
    return numbers, 0, parts


def _pep440(text: str) -> Key:
    try:
        return Version(text)
    except InvalidVersion:
        raise VersionError(text) from None


_MAVEN_WORDS = {"alpha": 1, "beta": 2, "milestone": 3, "rc": 4, "cr": 4, "snapshot": 5, "": 6, "final": 6, "ga": 6}
_MAVEN_WORDS |= {"release": 6, "sp": 7}
_MAVEN_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
_MavenToken = tuple[str, int | str]


@lru_cache(maxsize=4_096)
def _maven_tokens(text: str) -> tuple[_MavenToken, ...]:
    """Split at dots, hyphens and between digits and letters, and trim meaningless parts (steps 1 to 3)."""
    tokens: list[_MavenToken] = []
    separator = "."
    for hit in re.finditer(r"([.\-_])|(\d+)|([^.\-_\d]+)", text.lower()):
        if hit[1]:
            # Two separators in a row mean an empty number between them.
            if text and hit.start() and text[hit.start() - 1] in ".-_":
                tokens.append((separator, 0))
            separator = "-" if hit[1] in "-_" else "."
            continue
        before = text[hit.start() - 1 : hit.start()]
        if before and before not in ".-_":
            separator = "-"
        if hit[2]:
            tokens.append((separator, int(hit[2][:200])))
        else:
            word = hit[3]
            if text[hit.end() : hit.end() + 1].isdigit():
                word = _MAVEN_SHORT.get(word, word)
            tokens.append((separator, word))
        separator = "."
    trimmed: list[_MavenToken] = []
    for number, token in enumerate(tokens):
        trimmed.append(token)
        following = tokens[number + 1] if number + 1 < len(tokens) else None
        if following is None or following[0] == "-":
            while trimmed and _is_null(trimmed[-1]) and len(trimmed) > 1:
                trimmed.pop()
    return tuple(trimmed)


def _is_null(token: _MavenToken) -> bool:
    return token[1] in (0, "", "final", "ga", "release")


def _maven_rank(token: _MavenToken | None) -> tuple[int, int, int | str]:
    """Order: words known to Maven, other words, `-number`, `.number`; padding is an empty release."""
    if token is None:
        return 0, 6, 0
    separator, value = token
    if isinstance(value, int):
        return (2 if separator == "-" else 3), 0, value
    if value in _MAVEN_WORDS:
        return 0, _MAVEN_WORDS[value], 0
    return 1, 0, value


def _maven_compare(one: str, two: str) -> int:
    left, right = _maven_tokens(one), _maven_tokens(two)
    for number in range(max(len(left), len(right))):
        one_token = left[number] if number < len(left) else None
        other_token = right[number] if number < len(right) else None
        if {one_token, other_token} == {None, (".", 0)}:
            # Nothing is worth as much as a zero before a number: 1 and 1.0.1 differ by what follows.
            continue
        first, second = _maven_rank(one_token), _maven_rank(other_token)
        if first != second:
            return -1 if first < second else 1
    return 0


_maven_key = cmp_to_key(_maven_compare)


def _maven(text: str) -> Key:
    if not re.search(r"\d", text) or len(text) > 300:
        raise VersionError(text)
    return _maven_key(text)


_PHP_WORDS = {
    "dev": 1,
    "alpha": 2,
    "a": 2,
    "beta": 3,
    "b": 3,
    "rc": 4,
    "#": 5,
    "patch": 6,
    "pl": 6,
    "p": 6,
    "stable": 5,
}


def _composer(text: str) -> Key:
    plain = text.strip().lower().removeprefix("v").partition("+")[0]
    if not re.match(r"\d", plain) or len(plain) > 300:
        raise VersionError(text)
    parts = re.findall(r"\d+|[a-z]+", plain)
    key: list[tuple[int, int]] = []
    for part in parts:
        # A number outranks every word except `pl`; words that PHP does not know sort below `dev`.
        key.append((5, int(part[:200])) if part.isdigit() else (_PHP_WORDS.get(part, 0), 0))
    # Composer pads to four numbers, so that 1.0 and 1.0.0 are equal.
    lead = next((number for number, row in enumerate(key) if row[0] != 5), len(key))
    key[lead:lead] = [(5, 0)] * max(0, 4 - lead)
    return (*key, (4, 10**9))


_KEYS: Mapping[str, Callable[[str], Key]] = {
    "npm": _semver,
    "PyPI": _pep440,
    "Maven": _maven,
    "Packagist": _composer,
}


def key(ecosystem: str, version: str) -> Key:
    """Return a sort key for a version in its ecosystem; raises VersionError."""
    return _KEYS[ecosystem](version)


def holds(ecosystem: str, version: str, events: Iterable[Mapping[str, str]]) -> bool:
    """Return whether a range contains a version, as the OSV schema evaluates `events`.

    Raises VersionError when the version or an event is not a version in the ecosystem.
    """
    wanted = key(ecosystem, version)
    inside = False
    for moment, kind in _sorted(ecosystem, events):
        if kind == "introduced" and (moment is None or wanted >= moment):
            inside = True
        elif (kind == "fixed" and wanted >= moment) or (kind == "last_affected" and wanted > moment):
            inside = False
    return inside


def fixed_after(ecosystem: str, version: str, events: Iterable[Mapping[str, str]]) -> str | None:
    """Return the lowest fixed version of a range above a version, or None."""
    wanted = key(ecosystem, version)
    later = [(key(ecosystem, row["fixed"]), row["fixed"]) for row in events if "fixed" in row]
    later = [row for row in later if row[0] > wanted]
    return min(later, key=lambda row: row[0])[1] if later else None


def _sorted(ecosystem: str, events: Iterable[Mapping[str, str]]) -> list[tuple[Key, str]]:
    """Return (key, kind) in the order of versions; the start of all versions has no key and comes first."""
    first: list[tuple[Key, str]] = []
    rows: list[tuple[Key, int, str]] = []
    for event in events:
        for kind, order in (("introduced", 1), ("fixed", 0), ("last_affected", 2)):
            text = event.get(kind)
            if text is None:
                continue
            if kind == "introduced" and text == "0":
                first.append((None, kind))
            else:
                rows.append((key(ecosystem, str(text)), order, kind))
    rows.sort(key=lambda row: (row[0], row[1]))
    return [*first, *((moment, kind) for moment, _, kind in rows)]
