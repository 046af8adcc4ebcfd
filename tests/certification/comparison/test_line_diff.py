"""Differences of texts."""

from __future__ import annotations

import random
import time

import pytest

from certification.comparison import line_diff


def signs(before: str, after: str) -> str:
    found = line_diff.compare(before, after)
    return " ".join(f"{row.sign}{row.text}".strip() for hunk in found.hunks for row in hunk.lines)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "", ""),
        ("a\nb\n", "a\nb\n", ""),
        ("", "a\n", "+a"),
        ("a\n", "", "-a"),
        ("a\nb\nc\n", "a\nx\nc\n", "a -b +x c"),
        ("a\nb\n", "a\r\nb\r\n", ""),
        ("a\nb", "a\nb\nc", "a b +c"),
        ("x\ny\nx\n", "y\nx\nx\n", "-x y +x x"),
    ],
)
def test_a_difference_is_told_by_signs(before: str, after: str, shown: str) -> None:
    assert signs(before, after) == shown


@pytest.mark.parametrize("seed", range(40))
def test_a_difference_leads_from_one_text_to_the_other(seed: int) -> None:
    rng = random.Random(seed)
    before = [rng.choice("abcdefgh") * rng.randint(1, 3) for _ in range(rng.randint(0, 60))]
    after = list(before)
    for _ in range(rng.randint(0, 20)):
        if after and rng.random() < 0.5:
            after.pop(rng.randrange(len(after)))
        else:
            after.insert(rng.randint(0, len(after)), rng.choice("abcxyz"))

    found = line_diff.compare("\n".join(before), "\n".join(after), context=1000)

    rows = [row for hunk in found.hunks for row in hunk.lines]
    if before != after:
        assert [row.text for row in rows if row.sign in " -"] == before
        assert [row.text for row in rows if row.sign in " +"] == after
        assert [row.new for row in rows if row.new] == list(range(1, len(after) + 1))
    assert len(after) - len(before) == found.added - found.removed


def test_far_equal_lines_are_left_out_and_counted() -> None:
    before = "\n".join(str(n) for n in range(100))
    after = before.replace("50", "fifty")

    [hunk] = line_diff.compare(before, after).hunks

    assert hunk.skipped == 47
    assert len(hunk.lines) == 8
    assert line_diff.compare(before, after).rest == 46


def test_a_line_that_somebody_speaks_of_is_shown_where_nothing_changed() -> None:
    before = "\n".join(str(n) for n in range(100))

    [hunk] = line_diff.compare(before, before, show=frozenset({10})).hunks

    assert [row.new for row in hunk.lines] == list(range(7, 14))


def test_side_by_side_puts_changed_lines_into_one_row() -> None:
    [hunk] = line_diff.compare("a\nb\nc\nd", "a\nB\nC\nX\nd").hunks

    pairs = [(pair.old and pair.old.text, pair.new and pair.new.text) for pair in hunk.pairs()]

    assert pairs == [("a", "a"), ("b", "B"), ("c", "C"), (None, "X"), ("d", "d")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n" * 50_000, "b\n" * 50_000),
        ("a\nb\n" * 20_000, "b\na\n" * 20_000 + "c"),
        ("\n".join(map(str, range(50_000))), "\n".join(map(str, range(50_000, 0, -1)))),
        ("x\n" * 30_000 + "end", "x\n" * 29_000 + "y\n" * 1000 + "end"),
    ],
)
def test_hostile_texts_take_a_bounded_time(before: str, after: str) -> None:
    started = time.process_time()

    line_diff.compare(before, after)

    assert time.process_time() - started < 5
