"""Scanners that the operator adds by configuration: a command on this machine, or a webhook.

A row of the setting SCANNERS is an object with these keys; `name` and one of `argv` and `webhook` are needed:

- `name`: lowercase letters, digits and hyphens; the id of its check. `image` makes it the scanner of the image check.
- `title`: its name for people.
- `argv`: the program and its arguments, never a shell command line; `{source}` becomes the folder with the files of the
  commit, `{output}` the file to write.
- `webhook`: an address that is notified of a commit and posts SARIF back later.
- `ok_codes`: the exit codes that mean success, by default [0]; many scanners exit with 1 when they found something.
- `sarif`: where a command's SARIF is, `file` (`{output}`) or `stdout`.
- `level`: `required` or `advisory`; `certification_only`: true when only certification requires it.
- `timeout`: seconds; `max_output`: bytes of a command's SARIF; `memory`: bytes of address space.
- `environment`: the names of our environment variables that the command gets; `network`: true when it may use the
  network; `readable`: folders and files of this machine that it reads, beside the system's programs, the folder of its
  own, and what `argv` names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from validator import sarif
from validator.results import Level

MAX_SECONDS: Final = 3_600
DEFAULT_SECONDS: Final = 300
DEFAULT_OUTPUT: Final = 10_000_000
DEFAULT_MEMORY: Final = 8_000_000_000

# `certification_only` marks what only certification needs.
_LEVELS: Final = (Level.REQUIRED, Level.ADVISORY)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMMAND_KEYS: Final = frozenset(
    ("argv", "ok_codes", "sarif", "max_output", "memory", "environment", "network", "readable")
)
_KEYS: Final = frozenset(("name", "title", "webhook", "level", "certification_only", "timeout", *_COMMAND_KEYS))


class ScannersError(ValueError):
    """The configuration cannot be used; `problems` are sentences for the operator."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True)
class Scanner:
    """One configured scanner: either `argv` or `webhook` is set."""

    name: str
    title: str
    level: Level = Level.ADVISORY
    certification_only: bool = False
    seconds: float = DEFAULT_SECONDS
    max_output: int = DEFAULT_OUTPUT
    argv: tuple[str, ...] = ()
    ok_codes: frozenset[int] = frozenset((0,))
    from_stdout: bool = False
    memory: int = DEFAULT_MEMORY
    environment: tuple[str, ...] = ()
    network: bool = False
    readable: tuple[str, ...] = ()
    webhook: str = ""


def read(rows: Iterable[Mapping[str, Any]], *, reserved: Iterable[str] = ()) -> tuple[Scanner, ...]:
    """Return the scanners of the setting in their order; raises ScannersError with all problems at once.

    `reserved` are the names of other checks.
    """
    taken = set(reserved)
    problems: list[str] = []
    found: list[Scanner] = []
    for number, row in enumerate(rows, 1):
        reader = _Row(row, place=f"Scanner {number}")
        scanner = reader.scanner()
        if scanner.name in taken:
            reader.problem(f"the name {scanner.name} is taken; every scanner needs a name of its own")
        taken.add(scanner.name)
        problems += reader.problems
        found.append(scanner)
    if problems:
        raise ScannersError(problems)
    return tuple(found)


class _Row:
    """Reads one row, and collects its problems."""

    def __init__(self, row: Mapping[str, Any], *, place: str) -> None:
        self.row, self.place = row, place
        self.problems: list[str] = []

    def problem(self, text: str) -> None:
        """Add a problem."""
        self.problems.append(f"{self.place}: {text}.")

    def scanner(self) -> Scanner:
        """Return the scanner, with defaults for invalid values."""
        name = self._get("name", "", lambda value: isinstance(value, str) and bool(_NAME.fullmatch(value)), _NAME_RULE)
        if name:
            self.place = f"Scanner {name}"
        for key in sorted(set(self.row) - _KEYS):
            self.problem(f"there is no key {key}")
        webhook = self._get("webhook", "", _is_address, "webhook must be an address that begins with http")
        if ("argv" in self.row) == ("webhook" in self.row):
            self.problem("it needs either argv or webhook")
        elif webhook:
            for key in sorted(_COMMAND_KEYS & set(self.row)):
                self.problem(f"{key} has no meaning with webhook")
        in_file = self._get("sarif", "file", lambda value: value in ("file", "stdout"), "sarif is file or stdout")
        argv = self._argv(in_file=in_file == "file") if "argv" in self.row else ()
        level = self._get("level", "advisory", lambda value: value in _LEVELS, "level is required or advisory")
        return Scanner(
            name=name,
            title=self._get("title", name, _is_text, "title must be a string of 1 to 80 characters"),
            level=Level(level),
            certification_only=self._flag("certification_only"),
            seconds=self._number("timeout", DEFAULT_SECONDS, largest=MAX_SECONDS),
            max_output=self._number("max_output", DEFAULT_OUTPUT, largest=sarif.MAX_BYTES),
            argv=argv,
            ok_codes=frozenset(
                self._get("ok_codes", [0], _are_codes, "ok_codes must be a list of numbers from 0 to 255")
            ),
            from_stdout=in_file == "stdout",
            memory=self._number("memory", DEFAULT_MEMORY, largest=1 << 50),
            environment=tuple(
                self._get("environment", [], _are_variables, "environment must be a list of variable names")
            ),
            network=self._flag("network"),
            readable=tuple(self._get("readable", [], _are_paths, "readable must be a list of absolute paths")),
            webhook=webhook,
        )

    def _get(self, key: str, default: Any, is_right: Callable[[Any], bool], rule: str) -> Any:
        """Return a value of any JSON type that `is_right` accepts, or the default and add a problem."""
        if key not in self.row and key != "name":
            return default
        value = self.row.get(key)
        if is_right(value):
            return value
        self.problem(rule)
        return default

    def _flag(self, key: str) -> bool:
        value: bool = self._get(key, False, lambda value: isinstance(value, bool), f"{key} must be true or false")
        return value

    def _number(self, key: str, default: int, *, largest: int) -> int:
        rule = f"{key} must be a whole number from 1 to {largest}"
        value: int = self._get(key, default, lambda value: type(value) is int and 1 <= value <= largest, rule)
        return value

    def _argv(self, *, in_file: bool) -> tuple[str, ...]:
        value = self.row.get("argv")
        if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
            self.problem("argv must be a list of strings, the program first")
            return ()
        if "/" in value[0] and not value[0].startswith("/"):
            self.problem("the program must be a name or an absolute path")
        if "\0" in "".join(value):
            self.problem("argv contains a character that cannot be passed to a program")
        if not any("{source}" in word for word in value):
            self.problem("argv must contain {source}, the folder to scan")
        if any("{output}" in word for word in value) != in_file:
            self.problem("argv must contain {output} if sarif is file, and only then")
        return tuple(value)


_NAME_RULE: Final = "name must have at most 40 lowercase letters, digits and hyphens, and start with a letter"


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 80 and value.isprintable()


def _are_codes(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(type(code) is int and 0 <= code <= 255 for code in value)


def _are_paths(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(path, str) and path.startswith("/") and "\0" not in path for path in value
    )


def _are_variables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and _VARIABLE.fullmatch(name) for name in value)
