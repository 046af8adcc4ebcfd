"""The setting SCANNERS: what it may contain, and that everything wrong with it is reported at once."""

from __future__ import annotations

from typing import Any

import pytest

from validator import scanners, steps
from validator.results import Level
from validator.scanners import ScannersError

COMMAND: dict[str, Any] = {"name": "own", "argv": ["scan", "{source}", "-o", "{output}"]}
WEBHOOK: dict[str, Any] = {"name": "asked", "webhook": "https://scanner.example/scan"}


def problems(*rows: dict[str, Any]) -> str:
    with pytest.raises(ScannersError) as caught:
        scanners.read(rows)
    return " ".join(caught.value.problems)


def test_a_short_row_is_filled_with_careful_values() -> None:
    (scanner,) = scanners.read([COMMAND])

    assert (scanner.name, scanner.title, scanner.level) == ("own", "own", Level.ADVISORY)
    assert (scanner.ok_codes, scanner.environment, scanner.network) == (frozenset((0,)), (), False)
    assert not scanner.certification_only


def test_every_key_is_read() -> None:
    (scanner,) = scanners.read(
        [
            {
                "name": "own",
                "title": "Own scanner",
                "argv": ["scan", "{source}"],
                "ok_codes": [0, 1],
                "sarif": "stdout",
                "level": "required",
                "timeout": 12,
                "max_output": 1000,
                "memory": 5000,
                "environment": ["TOKEN"],
                "network": True,
                "certification_only": True,
            }
        ]
    )

    assert (scanner.title, scanner.ok_codes, scanner.from_stdout) == ("Own scanner", frozenset((0, 1)), True)
    assert (scanner.level, scanner.certification_only) == (Level.REQUIRED, True)
    assert (scanner.seconds, scanner.max_output, scanner.memory) == (12, 1000, 5000)
    assert (scanner.environment, scanner.network) == (("TOKEN",), True)


def test_no_row_is_no_scanner() -> None:
    assert scanners.read([]) == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": "Own"}, "lowercase letters"),
        ({"name": None}, "lowercase letters"),
        ({"name": "../x"}, "lowercase letters"),
        ({"argv": []}, "list of strings"),
        ({"argv": "scan {source} {output}"}, "list of strings"),
        ({"argv": ["scan", 1]}, "list of strings"),
        ({"argv": ["./scan", "{source}", "{output}"]}, "absolute path"),
        ({"argv": ["scan", "{output}"]}, "{source}"),
        ({"argv": ["scan", "{source}"]}, "{output}"),
        ({"sarif": "stdout"}, "{output}"),
        ({"sarif": "pipe"}, "file or stdout"),
        ({"level": "fatal"}, "required or advisory"),
        ({"level": ["required"]}, "required or advisory"),
        ({"level": "certify"}, "required or advisory"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"timeout": 1e9}, "timeout"),
        ({"max_output": 10**12}, "max_output"),
        ({"ok_codes": [256]}, "ok_codes"),
        ({"ok_codes": []}, "ok_codes"),
        ({"environment": ["A=B"]}, "environment"),
        ({"network": "no"}, "network"),
        ({"certification_only": 1}, "certification_only"),
        ({"title": ""}, "title"),
        ({"command": "x"}, "no key command"),
        ({"webhook": "https://scanner.example/"}, "either argv or webhook"),
    ],
)
def test_a_wrong_value_is_told_by_its_key(change: dict[str, Any], word: str) -> None:
    assert word in problems(COMMAND | change)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"webhook": "ftp://scanner.example/"}, "begins with http"),
        ({"webhook": "https://"}, "begins with http"),
        ({"webhook": 5}, "begins with http"),
        ({"ok_codes": [0]}, "no meaning with webhook"),
        ({"max_output": 20_000_000}, "max_output"),
    ],
)
def test_a_wrong_webhook_is_told(change: dict[str, Any], word: str) -> None:
    assert word in problems(WEBHOOK | change)


def test_all_problems_are_told_at_once() -> None:
    text = problems(COMMAND | {"timeout": -1}, WEBHOOK | {"level": "x"}, {})

    assert text.count(".") >= 3
    assert "Scanner own" in text
    assert "Scanner asked" in text
    assert "Scanner 3" in text


def test_two_scanners_of_one_name_are_refused() -> None:
    assert "is taken" in problems(COMMAND, COMMAND)


@pytest.mark.parametrize("name", ["repository", "specification", "secrets", "dependencies"])
def test_the_names_of_our_own_checks_are_taken(name: str) -> None:
    with pytest.raises(ScannersError):
        steps.scanners_of([COMMAND | {"name": name}])


def test_a_scanner_comes_after_the_checks_and_one_for_images_in_the_place_of_that_check() -> None:
    checks = steps.checks_by_id([COMMAND, COMMAND | {"name": "image", "level": "required"}])

    assert list(checks) == [*steps.checks_by_id(), "own"]
    assert checks["image"].level is Level.REQUIRED
    assert checks["image"].title == steps.checks_by_id()["image"].title
