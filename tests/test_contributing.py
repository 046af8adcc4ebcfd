"""What newcomers are told: links lead somewhere, commands exist, and hooks run what the gate runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.test_repository import ROOT, VENDORED, tracked

# Input of the tests and of the demo, and other people's files.
NOT_OURS = (*VENDORED, "tests/data/", "tests/connectors/", "connectors/demo/connectors/")
# Options and targets of a command; a variable such as ARGS='…' ends them.
MAKE = re.compile(r"(?:^|\s)make((?: +-\S+)*(?: +[a-z][a-z-]*(?!\S))+)", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def documents() -> list[str]:
    """Return the names of our tracked Markdown files."""
    return [name for name in tracked() if name.endswith(".md") and not name.startswith(NOT_OURS)]


def tokens(text: str) -> Iterator[Token]:
    """Return all tokens of a Markdown text, those within lines as well."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or ()


def targets(text: str) -> list[str]:
    """Return where the links and pictures of a Markdown text lead, those to other hosts left out."""
    found = [str(token.attrs.get("href") or token.attrs.get("src") or "") for token in tokens(text)]
    return [unquote(target) for target in found if target and not re.match(r"[a-z]+:", target)]


def anchors(text: str) -> set[str]:
    """Return the anchors of a Markdown text's headings, made the way GitHub makes them."""
    lines = MarkdownIt("commonmark").parse(text)
    titles = [after.content for token, after in pairwise(lines) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(name: str, text: str) -> list[str]:
    """Return the links of a document that lead to no file or heading of the checkout."""
    found = []
    for target in targets(text):
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8"))):
            found.append(target)
    return found


def rules() -> dict[str, list[str]]:
    """Return the rules of the Makefile with their prerequisites."""
    found = re.findall(r"^([a-z][a-z-]*):(?!=)([^\n|]*)", read("Makefile"), re.MULTILINE)
    return {name: prerequisites.split() for name, prerequisites in found}


def made(text: str) -> set[str]:
    """Return the targets that the commands of a text ask make for."""
    return {word for found in MAKE.findall(text) for word in found.split() if not word.startswith("-")}


def code(text: str) -> str:
    """Return the code of a Markdown text."""
    kinds = {"code_inline", "code_block", "fence"}
    return "\n".join(token.content for token in tokens(text) if token.type in kinds)


@pytest.mark.parametrize("name", documents())
def test_links_lead_to_files_and_headings(name: str) -> None:
    assert broken(name, read(name)) == []


@pytest.mark.parametrize("target", ["docs/nothing.md", "Makefiles", "docs/operations.md#nothing", "#nothing"])
def test_link_that_leads_nowhere_is_found(target: str) -> None:
    assert broken("README.md", f"Read [this]({target}), [that](docs/operations.md#settings) and ![it](/).") == [target]


@pytest.mark.parametrize("name", documents())
def test_documents_name_make_targets_that_exist(name: str) -> None:
    assert made(code(read(name))) <= rules().keys()


def test_make_targets_are_read_from_commands_only() -> None:
    text = "To make sure, `make test ARGS='-k worker'`, then `PORT=1 make -s lint run` and\n\n    cd a && make lock\n"

    assert made(code(text)) == {"test", "lint", "run", "lock"}


def test_make_help_names_every_target_but_the_parts_of_lint() -> None:
    named = set(re.findall(r'@echo "make ([a-z-]+)', read("Makefile")))

    assert named == {name for name in rules() if name != "help" and name not in rules()["lint"]}


def hooks() -> list[dict[str, Any]]:
    """Return the hooks of pre-commit."""
    (repository,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"
    return list(repository["hooks"])


def test_hooks_run_the_parts_of_lint_and_the_gate_runs_them_all() -> None:
    commands = {hook["id"]: hook["entry"] for hook in hooks()}

    assert commands == {part: f"make --silent {part}" for part in rules()["lint"]}
    assert "make lint" in read(".ci/run").splitlines()


def test_hooks_are_asked_once_and_for_files_that_exist() -> None:
    for hook in hooks():
        assert (hook["language"], hook["pass_filenames"]) == ("system", False)
        assert any(re.search(hook["files"], name) for name in tracked())
