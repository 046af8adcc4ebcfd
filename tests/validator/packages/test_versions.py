"""Versions: their order in each ecosystem, and the ranges of advisories."""

from __future__ import annotations

import random

import pytest

from validator.packages.versions import VersionError, fixed_after, holds, key

ORDERED = {
    "npm": (
        "0.0.1-alpha 0.0.1-alpha.1 0.0.1-alpha.beta 0.0.1-beta 0.0.1-beta.2 0.0.1-beta.11 0.0.1-rc.1 0.0.1 0.2.0 0.10.0"
        " 1.0.0 1.0.1 2.0.0-0 2.0.0"
    ),
    "PyPI": "1.0.dev1 1.0a1 1.0b2 1.0rc1 1.0 1.0.post1 1.1 1.10 1!0.1",
    "Maven": (
        "1-alpha-1 1-alpha-2 1-alpha-10 1-beta-1 1-m1 1-rc-1 1-snapshot 1 1-sp 1-xyz 1-1 1.1 1.1.1 1.2 1.10 2.0.0-rc1"
        " 2.0.0 2.0.0.sp1"
    ),
    "Packagist": (
        "1.0.0-dev 1.0.0-alpha1 1.0.0-alpha2 1.0.0-beta1 1.0.0-RC1 1.0.0 1.0.0-pl1 1.0.1 1.2 1.10 2.0.0-beta 2.0"
    ),
}
EQUAL = {
    "npm": (("1.0.0", "v1.0.0"), ("1.0.0+a", "1.0.0+b")),
    "PyPI": (("1.0", "1.0.0"), ("1.0-1", "1.0.post1"), ("1.0RC1", "1.0rc1")),
    "Maven": (("1", "1.0"), ("1", "1.0.0"), ("1-ga", "1"), ("1.Final", "1"),
              ("1-rc1", "1-cr1"), ("1-a1", "1-alpha-1"), ("1.0.RELEASE", "1")),
    "Packagist": (("1.0", "1.0.0.0"), ("v1.2.3", "1.2.3"), ("1.0a1", "1.0.0-alpha1")),
}  # fmt: skip


@pytest.mark.parametrize("ecosystem", ORDERED)
def test_versions_sort_in_the_order_of_their_ecosystem(ecosystem: str) -> None:
    expected = ORDERED[ecosystem].split()
    mixed = random.Random(3).sample(expected, len(expected))

    assert sorted(mixed, key=lambda version: key(ecosystem, version)) == expected


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("31.0-jre", "31.0.1-jre"),
        ("1.0.0-20230101", "1.0.1"),
        ("1-1", "1.0.1"),
        ("1.0-xyz", "1.0.1"),
        ("1-sp", "1.0.1"),
        ("1", "1.0.1"),
        ("1.0-rc1", "1.0.1"),
        ("2.0.0.RELEASE", "2.0.0.1"),
    ],
)
def test_qualifier_of_maven_sorts_below_a_number_even_where_a_zero_comes_first(lower: str, higher: str) -> None:
    assert key("Maven", lower) < key("Maven", higher)
    assert key("Maven", higher) > key("Maven", lower)


@pytest.mark.parametrize(("ecosystem", "pair"), [(name, pair) for name, pairs in EQUAL.items() for pair in pairs])
def test_spellings_of_one_version_are_equal(ecosystem: str, pair: tuple[str, str]) -> None:
    assert key(ecosystem, pair[0]) == key(ecosystem, pair[1])


@pytest.mark.parametrize(
    ("ecosystem", "version"), [("npm", "latest"), ("PyPI", "x"), ("Packagist", "dev-main"), ("Maven", "LATEST")]
)
def test_text_that_is_no_version_is_an_error(ecosystem: str, version: str) -> None:
    with pytest.raises(VersionError):
        key(ecosystem, version)


TWO_LINES = [{"introduced": "0"}, {"fixed": "1.2.3"}, {"introduced": "2.0.0"}, {"fixed": "2.1.0"}]


@pytest.mark.parametrize(
    ("version", "inside", "fixed"),
    [
        ("0.1.0", True, "1.2.3"),
        ("1.2.2", True, "1.2.3"),
        ("1.2.3-rc.1", True, "1.2.3"),
        ("1.2.3", False, "2.1.0"),
        ("1.9.9", False, "2.1.0"),
        ("2.0.0", True, "2.1.0"),
        ("2.1.0", False, None),
    ],
)
@pytest.mark.parametrize("events", [TWO_LINES, TWO_LINES[::-1]])
def test_range_with_two_lines_holds_what_lies_between_its_events(
    version: str, inside: bool, fixed: str | None, events: list[dict[str, str]]
) -> None:
    assert holds("npm", version, events) is inside
    assert fixed_after("npm", version, events) == fixed


@pytest.mark.parametrize(("version", "inside"), [("1.0", True), ("1.5", True), ("1.5.1", False), ("0.9", False)])
def test_last_affected_is_inside(version: str, inside: bool) -> None:
    assert holds("PyPI", version, [{"introduced": "1.0"}, {"last_affected": "1.5"}]) is inside


def test_range_without_end_holds_everything_later() -> None:
    assert holds("Maven", "99.0", [{"introduced": "0"}])
    assert fixed_after("Maven", "99.0", [{"introduced": "0"}]) is None


def test_empty_range_holds_nothing() -> None:
    assert not holds("npm", "1.0.0", [])
