"""The pages for newcomers: links lead somewhere, commands exist, and hooks run what the gate runs."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.test_repository import ROOT, tracked

FORMS = ".github/ISSUE_TEMPLATE/"
# Options and targets of a command; a variable such as ARGS='…' ends them.
MAKE = re.compile(r"(?:^|\s)make((?: +-\S+)*(?: +[a-z][a-z-]*(?!\S))+)", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def documents() -> list[str]:
    """Return the names of the Markdown files that people read; those within the code are input of something."""
    return [name for name in tracked() if re.fullmatch(r"((\.github|docs)/.*|[^/]*)\.md", name)]


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


# What GitHub demands of a form for issues; one with a fault is not shown at all.
# https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests
TEXT = {"type": "string", "pattern": r"\S"}
FORM = {
    "type": "object",
    "required": ["name", "description", "body"],
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(["name", "description", "title", "type"], TEXT),
        **{key: {"type": "array", "items": TEXT} for key in ["labels", "assignees", "projects"]},
        "body": {
            "type": "array",
            "contains": {"properties": {"type": {"not": {"const": "markdown"}}}},
            "items": {
                "type": "object",
                "required": ["type", "attributes"],
                "additionalProperties": False,
                "properties": {
                    "type": {"enum": ["markdown", "input", "textarea", "dropdown", "checkboxes"]},
                    "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
                    "attributes": {"type": "object"},
                    "validations": {"type": "object", "properties": {"required": {"type": "boolean"}}},
                },
                "allOf": [
                    {
                        "if": {"properties": {"type": {"const": "markdown"}}},
                        "then": {"properties": {"attributes": {"required": ["value"], "properties": {"value": TEXT}}}},
                        "else": {"properties": {"attributes": {"required": ["label"], "properties": {"label": TEXT}}}},
                    },
                    {
                        "if": {"properties": {"type": {"enum": ["dropdown", "checkboxes"]}}},
                        "then": {
                            "properties": {
                                "attributes": {
                                    "required": ["options"],
                                    "properties": {"options": {"type": "array", "minItems": 1, "uniqueItems": True}},
                                }
                            }
                        },
                    },
                ],
            },
        },
    },
}


def faults(form: Any) -> list[str]:
    """Return why GitHub would not show a form for issues."""
    found = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(FORM).iter_errors(form)]
    if not found:
        for kind in ("id", "label"):
            values = [field.get(kind) or field["attributes"].get(kind) for field in form["body"]]
            found += [f"two fields have the {kind} {value}" for value in {*values} if value and values.count(value) > 1]
    return found


def forms() -> list[str]:
    return [name for name in tracked() if name.startswith(FORMS) and not name.endswith("/config.yml")]


@pytest.mark.parametrize("name", forms())
def test_forms_for_issues_are_what_github_demands(name: str) -> None:
    assert faults(yaml.safe_load(read(name))) == []


def test_there_is_a_form_for_bugs_and_one_for_features() -> None:
    assert {f"{FORMS}bug.yml", f"{FORMS}feature.yml"} <= {*forms()}


GOOD = {"type": "input", "id": "a", "attributes": {"label": "A"}}


@pytest.mark.parametrize(
    "form",
    [
        {"name": "Bug", "body": [GOOD]},
        {"name": "Bug", "description": " ", "body": [GOOD]},
        {"name": "Bug", "description": "D", "body": []},
        {"name": "Bug", "description": "D", "body": [{"type": "markdown", "attributes": {"value": "Read this."}}]},
        {"name": "Bug", "description": "D", "body": [GOOD, GOOD]},
        {"name": "Bug", "description": "D", "body": [GOOD | {"type": "number"}]},
        {"name": "Bug", "description": "D", "body": [GOOD | {"id": "a b"}]},
        {"name": "Bug", "description": "D", "body": [GOOD | {"attributes": {}}]},
        {"name": "Bug", "description": "D", "body": [GOOD | {"type": "dropdown"}]},
        {"name": "Bug", "description": "D", "body": [GOOD | {"validations": {"required": "yes"}}]},
    ],
)
def test_form_that_github_would_not_show_is_found(form: dict[str, Any]) -> None:
    assert faults({"name": "Bug", "description": "D", "body": [GOOD]}) == []
    assert faults(form)


def test_chooser_of_forms_has_only_what_github_knows() -> None:
    chooser = yaml.safe_load(read(f"{FORMS}config.yml"))

    assert chooser.keys() <= {"blank_issues_enabled", "contact_links"}
    assert chooser["blank_issues_enabled"] is True, "CONTRIBUTING.md sends questions there"
    assert all(link.keys() == {"name", "url", "about"} for link in chooser.get("contact_links", []))


def test_development_container_runs_what_is_there_on_the_image_of_the_portal() -> None:
    container = json.loads(read(".devcontainer/devcontainer.json"))
    (base,) = {line.split()[1] for line in read("Dockerfile").splitlines() if line.startswith("FROM ")}

    assert container["image"] == base.replace("-slim", "")
    assert container["onCreateCommand"] in tracked()
    assert made(container["postCreateCommand"]) == {"install"}
    assert f"PORT ?= {container['forwardPorts'][0]}" in read("Makefile").splitlines()


def test_editors_are_told_the_line_length_of_the_formatter() -> None:
    editors = ConfigParser()
    editors.read_string(f"[all]\n{read('.editorconfig')}")

    assert (
        editors.getint("*.py", "max_line_length")
        == tomllib.loads(read("pyproject.toml"))["tool"]["ruff"]["line-length"]
    )
