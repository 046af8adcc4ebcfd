"""The check for characters that show a reader another text than the one that runs."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from validator.findings import conclude, in_time
from validator.knowledge import characters
from validator.knowledge.characters import CharacterKind, Spot
from validator.knowledge.secret_patterns import mask
from validator.results import Application, CheckContext, CheckResult, Finding, Level, Rule, Severity, Tree
from validator.source import languages, paths
from validator.source.encoding import utf8
from validator.source.tree import unescaped

MAX_LINES = 20
"""The number of lines of one file that are reported for each rule."""

MAX_LEXED = 2_000_000
"""The size in characters up to which strings and comments of a file are distinguished from the rest of the code."""

BIDIRECTIONAL = Rule(
    "characters-bidirectional",
    "Characters that change the order of the text",
    Severity.ERROR,
    "A reader sees another order than the one that runs: code can look like a comment (CVE-2021-42574).",
    "Remove the characters; in text shown to people, write them as escapes.",
)
INVISIBLE = Rule(
    "characters-invisible",
    "Invisible characters",
    Severity.ERROR,
    "Names that look the same can differ, and code or text can hide where a reader sees nothing.",
    "Remove the characters; in text that needs them, write them as escapes.",
)
PAYLOAD = Rule(
    "characters-payload",
    "Hidden text",
    Severity.ERROR,
    "Runs of tags, variation selectors or private characters carry code or instructions that nobody sees.",
    "Remove the characters, and find out how they got into the file.",
)
PRIVATE = Rule(
    "characters-private-use",
    "Characters without a meaning",
    Severity.WARNING,
    "Private-use characters look different on every machine, or are invisible.",
    "Write them as escapes.",
)
LOOKALIKE = Rule(
    "characters-lookalike",
    "Name with letters of two alphabets that look the same",
    Severity.WARNING,
    "A Cyrillic or Greek letter in a Latin name makes another name that looks the same.",
    "Write the name in one alphabet.",
)
_RULES = {
    CharacterKind.DIRECTION: BIDIRECTIONAL,
    CharacterKind.INVISIBLE: INVISIBLE,
    CharacterKind.BREAK: INVISIBLE,
    CharacterKind.PAYLOAD: PAYLOAD,
    CharacterKind.PRIVATE: PRIVATE,
}


class _Form(Enum):
    """What kind of file this is to a reader."""

    CODE = "code"
    SETTINGS = "settings"
    DATA = "data"
    MARKUP = "markup"
    PROSE = "prose"


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_CODE = _set(
    "js mjs cjs jsx ts mts cts tsx es6 py pyw java php phtml inc gradle graphql gql proto tf hcl sbt dockerfile"
)
_SETTINGS = _set("yaml yml toml ini cfg conf env properties lock")
_MARKUP = _set("html htm xhtml xml svg css scss sass less hbs ejs pug mustache handlebars twig liquid")
_PROSE = _set("md markdown mdx rst adoc txt text")
_CODE_NAMES = re.compile(
    r"(Dockerfile|Containerfile|Makefile|Jenkinsfile|Procfile|Rakefile|Gemfile)(\..+)?", re.IGNORECASE
)
_LOCALE = re.compile(
    r"(^|/)(i18n|l10n|intl|locales?|langs?|languages|translations?|messages)/"
    r"|(^|[/._-])[a-z]{2}([-_][A-Za-z]{2,4})?\.\w+$"
)
_GENERATED = re.compile(r"\.min\.(js|mjs|css)$|(^|/)(dist|build|out|\.yarn)/|\.map$")

_HASH = _set(
    "py pyw rb rake sh bash ksh zsh fish r pl pm ps1 psm1 ex exs jl nim cr coffee php phtml inc tf hcl dockerfile"
)
_HASH_TOO = _set("php phtml inc tf hcl")
_DASH = _set("sql lua hs elm")
_STRING = r'"(?:\\.|[^"\\\n])*(?:"|$)|\'(?:\\.|[^\'\\\n])*(?:\'|$)'
_LONG = r'""".*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|`(?:\\.|[^`\\])*(?:`|\Z)'
_REGEX = r"(?<=[(,=:\[!&|?{};])[ ]{0,20}/(?![/*])(?:\\.|[^/\\\n])+/[a-z]*"
_MARKUP_TEXT = re.compile(r"(?<!=)>[^<>{}=;]*$")
_MARKUP_REACH = 1_000
_LONG_LINE = 2_000
_WITH_MARKUP = _set("tsx jsx js vue svelte astro php phtml erb cshtml razor jsp jspx")


class CharactersCheck:
    """Look for invisible characters and for those that change the order of the text.

    What: In every text file, and in the names of files and folders: bidirectional controls (Trojan Source), zero-width
    and other invisible characters where no script needs them, tags, runs of variation selectors, private-use
    characters, line separators that only a compiler sees, and names in the code that mix lookalike letters of two
    alphabets. Those that emoji, Persian, Arabic, Hebrew, Korean and the scripts of India need are allowed, and so is a
    byte order mark at the beginning of a file. Translations may contain bidirectional controls that end in the same
    line.

    Why: Reviewers judge what they see. These characters show them another program than the one that runs.

    Fix: Remove the characters, or write them as escapes.

    Level: Required. Errors in code, settings and data; warnings in tests, examples, copies of packages, bundles and
    prose. Invisible characters inside strings and comments, or in data, are warnings too.
    """

    id = "characters"
    title = "Hidden characters"
    level = Level.REQUIRED
    certification_only = False
    seconds = 120.0
    rules: tuple[Rule, ...] = (BIDIRECTIONAL, INVISIBLE, PAYLOAD, PRIVATE, LOOKALIKE)

    def run(self, context: CheckContext) -> CheckResult:
        """Look through all text files."""
        return conclude(self, self._search(context))

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        applications = paths.applications(context.tree, context.specification)
        yield from _names(context.tree, applications)
        for path in context.tree.paths():
            in_time(deadline)
            text = _decoded(path, context.tree.read(path))
            if not text:
                continue
            file = _File(path, text, _form(path, text))
            counted: Counter[tuple[str, Severity]] = Counter()
            for rule, severity, line, said in file.found():
                in_time(deadline)
                # A flood of warnings must not hide an error.
                counted[rule.id, severity] += 1
                if counted[rule.id, severity] > MAX_LINES:
                    continue
                yield rule.finding(
                    said,
                    severity=severity,
                    path=path,
                    line=line + 1,
                    application=paths.owner(path, applications),
                    snippet=file.snippet(line),
                )


@dataclass
class _File:
    """One text and how its characters are judged."""

    path: str
    text: str
    form: _Form

    def __post_init__(self) -> None:
        self._starts = [0, *(hit.end() for hit in re.finditer("\n", self.text))]
        self._quoted: tuple[list[int], list[int]] | None = None

    def found(self) -> Iterator[tuple[Rule, Severity, int, str]]:
        """Yield rule, severity, line (from 0) and message, once for each rule, severity and line."""
        last: dict[tuple[str, Severity], int] = {}
        for spot in characters.spots(self.text):
            line = bisect_right(self._starts, spot.start) - 1
            rule = _RULES[spot.kind]
            severity = self._severity(spot, line)
            if severity is None or last.get((rule.id, severity)) == line:
                continue
            last[rule.id, severity] = line
            said = characters.named(self.text[spot.start : spot.end])
            yield rule, _softened(self.path, severity), line, f"The line holds {said}."
        if self.form is _Form.CODE:
            for hit in _lookalikes(self.text):
                line = bisect_right(self._starts, hit.start()) - 1
                key = (LOOKALIKE.id, LOOKALIKE.severity)
                if last.get(key) != line and not self._is_quoted(hit.start()):
                    last[key] = line
                    yield LOOKALIKE, LOOKALIKE.severity, line, f"The name {hit[0][:60]} mixes letters of two alphabets."

    def snippet(self, line: int) -> str:
        """Return a line with its hidden characters marked, around the first of them when it is long."""
        text = self._line(line)
        first = next(characters.spots(text), None)
        begin = max(0, first.start - 60) if first is not None and len(text) > 160 else 0
        return mask(characters.marked(text[begin : begin + 200])).strip()

    def _severity(self, spot: Spot, line: int) -> Severity | None:
        """Return the severity of a spot, or None where the character is legitimate."""
        form = self.form
        if spot.kind is CharacterKind.DIRECTION:
            return self._of_direction(self._around(spot, line))
        if spot.kind is CharacterKind.PAYLOAD:
            return Severity.WARNING if form is _Form.PROSE else Severity.ERROR
        if form in (_Form.MARKUP, _Form.PROSE):
            return None
        if form in (_Form.DATA, _Form.SETTINGS) and _LOCALE.search(self.path):
            return None
        if spot.kind is CharacterKind.PRIVATE:
            return Severity.WARNING if form is _Form.CODE else None
        if form is not _Form.CODE:
            return None if spot.kind is CharacterKind.BREAK else Severity.WARNING
        if _GENERATED.search(self.path) or paths.is_vendored(self.path):
            return None
        if not self._is_quoted(spot.start, is_break=spot.kind is CharacterKind.BREAK):
            return Severity.ERROR
        return None if _LOCALE.search(self.path) else Severity.WARNING

    def _of_direction(self, line: str) -> Severity | None:
        form = self.form
        is_text = characters.is_balanced(line) and (
            characters.is_right_to_left(line) or (form is _Form.DATA and _LOCALE.search(self.path))
        )
        if is_text and (form in (_Form.DATA, _Form.MARKUP, _Form.PROSE) or _LOCALE.search(self.path)):
            return Severity.WARNING if form in (_Form.CODE, _Form.SETTINGS) else None
        return Severity.WARNING if form is _Form.PROSE else Severity.ERROR

    def _line(self, line: int) -> str:
        end = self._starts[line + 1] - 1 if line + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[line] : min(end, self._starts[line] + 2 * _LONG_LINE)]

    def _around(self, spot: Spot, line: int) -> str:
        """Return the line of a spot; for a very long line, the quoted string around it."""
        text = self._line(line)
        if len(text) <= _LONG_LINE:
            return text
        before = self.text[max(self._starts[line], spot.start - _LONG_LINE) : spot.start].rpartition('"')[2]
        return before + self.text[spot.start : spot.start + _LONG_LINE].partition("\n")[0].partition('"')[0]

    def _is_quoted(self, place: int, *, is_break: bool = False) -> bool:
        """Return whether a place in the code is inside a string or a comment; a line separator ends a comment."""
        if len(self.text) > MAX_LEXED:
            return True
        if self._quoted is None:
            spans = [hit.span() for hit in _literals(self.path).finditer(self.text)]
            self._quoted = [start for start, _ in spans], [end for _, end in spans]
        starts, ends = self._quoted
        number = bisect_right(starts, place) - 1
        if number >= 0 and starts[number] < place < ends[number]:
            return not (is_break and self.text.startswith(("//", "#", "--"), starts[number]))
        if paths.extension(self.path) not in _WITH_MARKUP or "</" not in self.text:
            return False
        return _MARKUP_TEXT.search(self.text[max(0, place - _MARKUP_REACH) : place]) is not None


def _form(path: str, text: str) -> _Form:
    name, extension = PurePosixPath(path).name, paths.extension(path)
    if extension in _CODE or languages.unknown(path) or _CODE_NAMES.fullmatch(name):
        return _Form.CODE
    if extension in _SETTINGS or name.startswith(".env") or (name.startswith(".") and not extension):
        return _Form.SETTINGS
    if not extension:
        return _Form.CODE if text.startswith("#!") else _Form.PROSE
    return _Form.MARKUP if extension in _MARKUP else _Form.PROSE if extension in _PROSE else _Form.DATA


def _literals(path: str) -> re.Pattern[str]:
    """Return the pattern for strings, regular expressions and comments of the language."""
    extension = paths.extension(path)
    slashes = rf"//[^\n]*|/\*.*?(?:\*/|\Z)|{_REGEX}"
    if extension in _DASH:
        comments = r"--[^\n]*|/\*.*?(?:\*/|\Z)"
    elif extension in _HASH or not extension or _CODE_NAMES.fullmatch(PurePosixPath(path).name):
        comments = rf"\#[^\n]*|{slashes}" if extension in _HASH_TOO else r"\#[^\n]*"
    else:
        comments = slashes
    return re.compile(f"{_LONG}|{_STRING}|{comments}|<!--.*?(?:-->|\\Z)", re.DOTALL | re.MULTILINE)


_WORD = re.compile(r"[\w$]{2,200}")
_LATIN = re.compile(r"[A-Za-z]")
_SAME_LOOKS = frozenset("аеорсухіјѕԁһԛԝАВЕКМНОРСТУХІЈЅοΑΒΕΖΗΙΚΜΝΟΡΤΥΧν")  # noqa: RUF001 - the letters are the point.


def _lookalikes(text: str) -> Iterator[re.Match[str]]:
    """Yield names with Latin letters in which every other letter looks like a Latin one."""
    for hit in _WORD.finditer(text):
        if hit[0].isascii() or not _LATIN.search(hit[0]):
            continue
        if all(char in _SAME_LOOKS for char in hit[0] if char > "\u007f"):
            yield hit


def _names(tree: Tree, applications: Sequence[Application]) -> Iterator[Finding]:
    """Yield a finding for each kind of hidden character in the name of a file or folder."""
    told: set[tuple[str, str]] = set()
    for path in (*tree.paths(), *tree.others("link"), *tree.others("submodule")):
        name = unescaped(path)
        for spot in characters.spots(name) if not name.isascii() else ():
            rule = _RULES[spot.kind]
            # A folder is reported once.
            place = name[: spot.end] + name[spot.end :].partition("/")[0]
            if (place, rule.id) in told:
                continue
            told.add((place, rule.id))
            is_sure = spot.kind is CharacterKind.DIRECTION or (
                spot.kind is not CharacterKind.PRIVATE and _form(path, "") is _Form.CODE
            )
            yield rule.finding(
                f"The name holds {characters.named(name[spot.start : spot.end])}.",
                severity=_softened(path, Severity.ERROR if is_sure else Severity.WARNING),
                path=path,
                application=paths.owner(path, applications),
                snippet=characters.marked(place),
            )


def _softened(path: str, severity: Severity) -> Severity:
    beside = (paths.is_test, paths.is_example, paths.is_vendored, paths.is_tooling)
    is_beside = any(is_it(path) for is_it in beside) or _GENERATED.search(path)
    return Severity.WARNING if severity is Severity.ERROR and is_beside else severity


def _decoded(path: str, data: bytes) -> str:
    """Return the text of a file that can hold hidden characters; empty for plain ASCII and for what is no text."""
    data = utf8(data)
    if data.isascii():
        return ""
    text = data.decode("utf-8", "replace")
    if "\0" not in text[:8_000]:
        return text
    # A zero byte alone does not make a file binary: a program may have one in a comment.
    is_text = _form(path, "") is not _Form.DATA and paths.extension(path)
    return text if is_text and text.count("\ufffd") * 100 < len(text) else ""


check = CharactersCheck()
