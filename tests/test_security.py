"""The page about security: every promise names a test that exists and that `-m security` runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.root import ROOT

PAGE = "docs/security.md"
ROW = re.compile(r"\| (?P<promise>[^|]+) \| (?P<tests>[^|]+) \|")
MARK = "pytest.mark.security"


def rows(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the promises of the page with the tests that they name."""
    for line in text.splitlines():
        found = ROW.fullmatch(line)
        if found and found["promise"] not in ("Promise", "---"):
            yield found["promise"], re.findall(r"`(tests/[^`]+)`", found["tests"])


def has_mark(name: str) -> bool:
    """Return whether a test (`file.py::test`), or each test of a file (`file.py`), exists and bears the mark."""
    path, _, test = name.partition("::")
    if not (ROOT / path).is_file():
        return False
    module = ast.parse((ROOT / path).read_text())
    whole = any(
        isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "pytestmark"
        and MARK in ast.unparse(node.value)
        for node in module.body
    )
    if not test:
        return whole
    found = next((node for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and node.name == test), None)
    return found is not None and (whole or any(MARK in ast.unparse(mark) for mark in found.decorator_list))


def has_test(name: str) -> bool:
    """Return whether a file is there, and in it the test that a name such as `file.py::test` adds."""
    path, _, test = name.partition("::")
    if not (ROOT / path).exists():
        return False
    if not test:
        return True
    functions = (node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.FunctionDef))
    return any(node.name == test for node in functions)


def test_every_promise_names_a_marked_test() -> None:
    found = list(rows((ROOT / PAGE).read_text()))

    assert found
    assert [promise for promise, tests in found if not tests or not all(map(has_mark, tests))] == []


@pytest.mark.parametrize(
    "name",
    [
        "tests/test_nothing.py",
        "tests/test_security.py",
        "tests/test_security.py::test_every_promise_names_a_marked_test",
        "tests/config/test_access.py::test_that_is_not_there",
    ],
)
def test_a_test_that_is_missing_or_unmarked_is_noticed(name: str) -> None:
    assert not has_mark(name)
