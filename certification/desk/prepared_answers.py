"""Fuzzy search in the prepared answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from accounts.search import bounded
from certification.models import PreparedAnswer

MOST = 8
_WORD = re.compile(r"\w+")


def search(query: str, *, most: int = MOST) -> list[PreparedAnswer]:
    """Return up to `most` answers, the best match first. Every word must match, perhaps misspelled or in part.

    Without words, return the first answers.
    """
    answers = list(PreparedAnswer.objects.filter(active=True))
    words = bounded(_words(query))
    if not words:
        return answers[:most]
    scored = [(score(words, answer), answer) for answer in answers]
    found = sorted(((points, answer) for points, answer in scored if points > 0), key=lambda pair: -pair[0])
    return [answer for _, answer in found[:most]]


def score(words: Iterable[str], answer: PreparedAnswer) -> float:
    """Return how well the words match, 0 when one of them does not. The title counts more than the text."""
    places = ((_words(answer.title), 3.0), (_words(answer.words), 2.0), (_words(answer.text), 1.0))
    total = 0.0
    for word in words:
        best = max((_alike(word, other) * weight for others, weight in places for other in others), default=0.0)
        if not best:
            return 0.0
        total += best
    return total


def _alike(word: str, other: str) -> float:
    """Return 1 for the same word, less for a prefix, a part, the letters in order, or one typo."""
    if word == other:
        return 1.0
    if other.startswith(word):
        return 0.9
    if len(word) > 2 and word in other:
        return 0.7
    if len(word) > 3 and _one_slip(word, other[: len(word) + 1]):
        return 0.5
    if len(word) > 2 and word[0] == other[0] and _in_order(word, other):
        return 0.3
    return 0.0


def _in_order(word: str, other: str) -> bool:
    letters = iter(other)
    return all(letter in letters for letter in word)


def _one_slip(word: str, other: str) -> bool:
    """Return whether a word is another one, or its prefix, but for one letter added, missing, wrong or swapped."""
    for candidate in {other, other[: len(word)], other[: len(word) - 1]}:
        if abs(len(word) - len(candidate)) > 1 or not candidate:
            continue
        n = 0
        while n < min(len(word), len(candidate)) and word[n] == candidate[n]:
            n += 1
        rest, other_rest = word[n:], candidate[n:]
        if (
            rest[1:] == other_rest[1:]
            or rest[1:] == other_rest
            or rest == other_rest[1:]
            or (len(rest) > 1 and rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:])
        ):
            return True
    return False


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
