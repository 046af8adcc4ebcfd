"""docs/recipes.md, followed to the letter in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.root import ROOT

PAGE = ROOT / "docs" / "recipes.md"
BLOCK = re.compile(r"^( *)```(diff|python)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "var", "test-results", "vendor")
EXAMPLES = {
    "A new field": "example_field.py",
    "A new update action": "example_action.py",
    "A new check": "example_check.py",
    "A new notification channel": "example_channel.py",
    "A new decision": "example_decision.py",
}
COMMANDS = {
    "make manage ARGS='makemigrations connectors'": '"$PYTHON" manage.py makemigrations connectors',
    ".venv/bin/python -m validator.report.checks_page > docs/checks.md": (
        '"$PYTHON" -m validator.report.checks_page > docs/checks.md'
    ),
}
"""Those that the page names, and how the copy runs them, which has no .venv."""


@dataclass(frozen=True)
class Step:
    """One piece of code of a recipe: lines of a new file, or lines with a plus among those that are there."""

    file: str
    lines: list[str]
    new: bool

    def follow(self, root: Path) -> None:
        """Do what the recipe says."""
        target = root / self.file
        if self.new:
            assert not target.exists(), f"{self.file} is there already"
            target.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
            return
        before = "\n".join(line[1:] for line in self.lines if not line.startswith("+"))
        after = "\n".join(line[1:] for line in self.lines)
        text = target.read_text(encoding="utf-8")
        assert text.count(f"\n{before}\n") == 1, f"{self.file} does not have once: {before}"
        target.write_text(text.replace(f"\n{before}\n", f"\n{after}\n"), encoding="utf-8")


def recipes() -> dict[str, list[Step]]:
    """Return the steps of each recipe of the page, by its heading."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {
        part.partition("\n")[0]: [step for block in BLOCK.findall(part) for step in steps(*block)] for part in parts
    }


def steps(margin: str, language: str, code: str) -> Iterator[Step]:
    """Yield the steps of a block: a new file, whose first line names it, or changes below a line that names theirs."""
    text = "".join(line.removeprefix(margin) for line in code.splitlines(keepends=True))
    if language == "python":
        name, _, rest = text.partition("\n")
        yield Step(name.removeprefix("# "), rest.rstrip("\n").split("\n"), new=True)
        return
    for part in text.split("@@ ")[1:]:
        name, _, rest = part.partition(" @@\n")
        yield Step(name, rest.rstrip("\n").split("\n"), new=False)


def run(root: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the copy, whose database is SQLite."""
    surroundings = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=root,
        env={**surroundings, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_the_page_names_only_files_that_are_there() -> None:
    text = BLOCK.sub("", PAGE.read_text(encoding="utf-8"))
    named = [word for word in re.findall(r"`([^`]+)`", text) if "/" in word and " " not in word]

    assert len(named) > 15
    assert [word for word in named if not (ROOT / word).exists()] == []
    assert [command for command in COMMANDS if f"`{command}`" not in text] == []


def test_every_recipe_with_code_is_followed() -> None:
    assert {title for title, steps in recipes().items() if steps} == EXAMPLES.keys()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Follow all recipes in a copy, run their tests there, and return the outcome of each in a line of its own."""
    copy = tmp_path_factory.mktemp("recipes") / "portal"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    for found in recipes().values():
        for step in found:
            step.follow(copy)
    for command in COMMANDS.values():
        done = run(copy, command)
        assert done.returncode == 0, done.stdout + done.stderr
    tests = " ".join(f"tests/recipes/{file}" for file in EXAMPLES.values())
    return run(copy, f'"$PYTHON" -m pytest -q -rA -p no:cacheprovider {tests}').stdout


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_recipe_works_to_the_letter(title: str, outcomes: str) -> None:
    found = re.findall(rf"^(PASSED|FAILED|ERROR) tests/recipes/{EXAMPLES[title]}", outcomes, re.MULTILINE)

    assert set(found) == {"PASSED"}, outcomes
