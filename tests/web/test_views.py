"""What holds for every view: it reads what was sent through a form, and it fits on a screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.root import ROOT

VIEWS = sorted((ROOT / "web").rglob("*.py"))
MOST_LINES = 29


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def is_sent(node: ast.AST) -> bool:
    """Whether an expression is `request.POST`."""
    return isinstance(node, ast.Attribute) and node.attr == "POST"


def given_to_forms(tree: ast.Module) -> set[ast.AST]:
    """Return each `request.POST` that a form takes as its data, alone or as `… or None` or `… if … else None`."""
    found: set[ast.AST] = set()
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args or not ast.unparse(call.func).endswith(("Form", "FormSet")):
            continue
        data = call.args[0]
        if isinstance(data, ast.BoolOp):
            data = data.values[0]
        if isinstance(data, ast.IfExp):
            data = data.body
        found.add(data)
    return found


def raw_reads(source: ast.Module) -> list[int]:
    """Return the lines that read `request.POST` themselves."""
    forms = given_to_forms(source)
    return [node.lineno for node in ast.walk(source) if is_sent(node) and node not in forms]  # type: ignore[attr-defined]


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each function with its number of lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def test_what_was_sent_is_read_by_forms_alone() -> None:
    offenders = [f"{path.relative_to(ROOT)}:{line}" for path in VIEWS for line in raw_reads(tree_of(path))]

    assert offenders == []


@pytest.mark.parametrize(
    "code",
    [
        'request.POST["name"]',
        'request.POST.get("name")',
        'request.POST.getlist("name")',
        '"name" in request.POST',
        "keep(typed=request.POST)",
        'number(request.POST, "until")',
        "given = request.POST",
        "NameForm(initial=request.POST)",
    ],
)
def test_a_raw_read_is_noticed(code: str) -> None:
    assert raw_reads(ast.parse(code)) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "NameForm(request.POST)",
        "NameForm(request.POST or None, initial=initial)",
        'forms.NameForm(request.POST if request.method == "POST" else None)',
        "NameFormSet(request.POST)",
    ],
)
def test_a_form_that_takes_what_was_sent_is_not_a_raw_read(code: str) -> None:
    assert raw_reads(ast.parse(code)) == []


def test_a_function_of_the_pages_fits_on_a_screen() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in VIEWS
        for name, lines in functions(tree_of(path))
        if lines > MOST_LINES
    ]

    assert offenders == []
