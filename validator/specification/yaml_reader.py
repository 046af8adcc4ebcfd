"""Parse YAML 1.2 into nodes with their positions: the core schema, without aliases, without constructing objects.

libyaml scans the text, and we build nodes from its events with our own stack, so that no text can cause recursion,
expansion or construction of objects. Scalars follow the YAML 1.2 core schema: `no` and `2001-12-14` are strings, `0o17`
and `1e3` are numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

MAX_BYTES: Final = 256_000
MAX_DEPTH: Final = 50
MAX_PROBLEMS: Final = 200

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# YAML 1.1, which libyaml reads, ends lines at these three; in YAML 1.2 they are ordinary characters.
_OLD_BREAKS = re.compile("[\x85\u2028\u2029]")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_TABS = re.compile(r"^[ ]*\t[ \t]*(#.*)?$", re.MULTILINE)
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?[0-9]+|(?P<octal>0o[0-7]+)|(?P<hex>0x[0-9a-fA-F]+)")
_BROKEN = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+"
    r"|(?P<special>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_NUMBER_STARTS = frozenset("+-.0123456789")
_CORE = "tag:yaml.org,2002:"
# Tags of older YAML versions that produce types outside the core schema.
_FOREIGN_TAGS = frozenset(_CORE + name for name in ("binary", "merge", "omap", "pairs", "set", "timestamp"))


@dataclass(frozen=True)
class YamlProblem:
    """One problem of the file: where (line and column from 1), what, what is expected, how to fix it.

    `path` names the place inside the file, such as `deployAs[0].name`; it is empty for the file as a whole.
    `application` is the name of the application that the place belongs to, where it has one.
    """

    message: str
    line: int
    column: int
    path: str = ""
    expected: str = ""
    fix: str = ""
    application: str | None = None


class DocumentError(ValueError):
    """The text is not a YAML document that we accept; `problems` says why."""

    def __init__(self, problems: tuple[YamlProblem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems[:3]))
        self.problems = problems


@dataclass(slots=True)
class Node:
    """A value of the document. `kind` is one of object, list, string, number, boolean, null, other.

    `fields` and `keys` (the position of each key) belong to an object, `items` to a list, `value` to a scalar.
    """

    kind: str
    line: int
    column: int
    value: str | float | bool | None = None
    fields: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A collection that is being read, with the key whose value comes next.

    `column` is that of the enclosing block; `in_flow` is true for a collection in brackets.
    """

    node: Node
    path: str
    is_object: bool
    in_flow: bool
    column: int
    key: str | None = None
    ignored: bool = False

    @property
    def waits_for_key(self) -> bool:
        """True where the next value is a key."""
        return self.is_object and self.key is None


def load(text: bytes, *, max_bytes: int = MAX_BYTES) -> Node:
    """Read one YAML document.

    `text` is UTF-8, with or without a byte order mark, at most `max_bytes` long and nested at most `MAX_DEPTH` deep.
    Raises DocumentError with every problem found; after a syntax error, nothing more can be read.
    """
    source = _decoded(text, max_bytes=max_bytes)
    marks = ""
    if _OLD_BREAKS.search(source):
        marks = "".join(_unused(source))
        source = source.translate(str.maketrans("\x85\u2028\u2029", marks))
    restore = str.maketrans(marks, "\x85\u2028\u2029") if marks else None
    builder = _built(source, restore=restore)
    if builder.stumbled_over_tab and _TABS.search(source):
        # libyaml takes a tab on an empty line or before a comment for indentation; YAML 1.2 allows it.
        builder = _built(_TABS.sub(r"\1", source), restore=restore)
    if builder.problems or builder.root is None:
        raise DocumentError(tuple(builder.problems[:MAX_PROBLEMS]))
    return builder.root


def _built(source: str, *, restore: dict[int, int] | None) -> _Builder:
    """Read the text with a new builder; anything that goes wrong ends up in its problems."""
    builder = _Builder(source, restore=restore)
    try:
        builder.read()
    except yaml.YAMLError as error:
        builder.stumbled_over_tab = any("tab" in str(part) or "token" in str(part) for part in error.args[:3])
        builder.problems.append(_syntax_problem(error, source))
    except (ValueError, IndexError, OverflowError, RecursionError, MemoryError):
        builder.problems.append(
            YamlProblem("The file cannot be read as YAML.", 1, 1, fix="Check the syntax of the file.")
        )
    return builder


def _decoded(text: bytes, *, max_bytes: int) -> str:
    """Return the text as a string without its byte order mark; raise DocumentError for size, encoding, controls."""
    if len(text) > max_bytes:
        message = f"The file is too large: more than {max_bytes // 1000} kB."
        raise DocumentError(
            (YamlProblem(message, 1, 1, expected=f"at most {max_bytes} bytes", fix="Make the file smaller."),)
        )
    try:
        source = text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = len(text[text.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        raise DocumentError(
            (YamlProblem("The file is not UTF-8.", line, column, expected="UTF-8 text", fix="Save the file as UTF-8."),)
        ) from error
    source = source.removeprefix("\ufeff")
    if found := _FORBIDDEN.search(source):
        line = source.count("\n", 0, found.start()) + 1
        column = found.start() - source.rfind("\n", 0, found.start())
        message = f"The control character U+{ord(found[0]):04X} is not allowed in YAML."
        raise DocumentError(
            (YamlProblem(message, line, column, expected="printable text", fix="Remove the character."),)
        )
    # A block of text at the end of the file ends in a line break like any other.
    return source if source.endswith(("\n", "\r")) else source + "\n"


def _unused(source: str) -> Iterator[str]:
    """Yield three private-use characters that the text does not contain."""
    held = set(source)
    signs = (sign for sign in map(chr, range(0xE000, 0xF8FF)) if sign not in held)
    for _ in range(3):
        yield next(signs)


class _Builder:
    """Builds nodes from libyaml's events. A place that is already reported is read but not kept."""

    def __init__(self, source: str, *, restore: dict[int, int] | None) -> None:
        self.root: Node | None = None
        self.problems: list[YamlProblem] = []
        self.stumbled_over_tab = False
        self._source = source
        self._lines: list[str] | None = None
        self._restore = restore
        self._open: list[_Open] = []
        self._documents = 0
        self._aliases: set[str] = set()

    def read(self) -> None:
        """Consume all events of the text; raises yaml.YAMLError at the first syntax error."""
        for event in yaml.parse(self._source, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.MappingStartEvent):
                self._start(event, is_object=True)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._start(event, is_object=False)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent) and not self._document(event):
                return
            if len(self._open) > MAX_DEPTH:
                self._report(event, f"The file is nested more than {MAX_DEPTH} levels deep.", fix="Flatten the file.")
                return
            if len(self.problems) >= MAX_PROBLEMS:
                return
        if self.root is None and not self.problems:
            self.root = Node("null", 1, 1)

    def _document(self, event: yaml.DocumentStartEvent) -> bool:
        """Count the documents; return False at the second."""
        self._documents += 1
        if self._documents > 1:
            self._report(
                event,
                "The file has more than one YAML document.",
                expected="one document",
                fix="Remove everything after the second ---.",
            )
        return self._documents == 1

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        """Place a scalar: as the next key of an object, or as a value."""
        text = event.value
        if self._restore is not None:
            text = text.translate(self._restore)
        top = self._open[-1] if self._open else None
        if top is not None and top.waits_for_key:
            self._key(top, text, event)
            return
        kind, value = _resolved(text, event)
        if top is not None and not top.in_flow and event.style in ("'", '"'):
            self._check_indentation(event, first=_place_of(event)[0], column=top.column, may_close_below=False)
        self._place(Node(kind, *_place_of(event), value))

    def _key(self, top: _Open, text: str, event: yaml.ScalarEvent) -> None:
        """Remember a key until its value comes; a duplicate key is a problem."""
        top.key = text
        if text in top.node.keys:
            first = top.node.keys[text][0]
            self._report(
                event,
                f"The key {shown(text)} is a duplicate; the first one is in line {first}.",
                path=_joined(top.path, text),
                expected="each key once",
                fix="Remove or rename one of the two.",
            )
            top.ignored = True
        else:
            top.node.keys[text] = _place_of(event)

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, *, is_object: bool) -> None:
        """Open a collection, which is a value, or a problem in the place of a key."""
        kind = "object" if is_object else "list"
        node = Node("other" if event.tag in _FOREIGN_TAGS else kind, *_place_of(event))
        top = self._open[-1] if self._open else None
        if top is not None and top.waits_for_key:
            self._report(
                event,
                "A key must be plain text, not a list or an object.",
                path=top.path,
                expected="a string before the colon",
                fix="Write a string as the key, or put braces in quotes.",
            )
            top.key, top.ignored = "", True
            path = top.path
        else:
            path = self._place(node)
        in_flow = bool(event.flow_style)
        column = (top.column if top is not None else -1) if in_flow else node.column - 1
        self._open.append(_Open(node, path, is_object, in_flow, column))

    def _end(self, event: yaml.Event) -> None:
        """Close a collection; outermost brackets are checked as a whole."""
        closed = self._open.pop()
        if closed.in_flow and not (self._open and self._open[-1].in_flow):
            self._check_indentation(event, first=closed.node.line, column=closed.column, may_close_below=True)

    def _check_indentation(self, event: yaml.Event, *, first: int, column: int, may_close_below: bool) -> None:
        """Note a continuation line of a quoted string or of brackets that is not indented more than the block around
        it.

        YAML 1.2 requires it, and libyaml does not check it. The closing bracket may be below the key.
        """
        last = event.end_mark.line if event.end_mark is not None else 0
        if last < first or column < 0:
            return
        if self._lines is None:
            self._lines = _LINE_BREAK.split(self._source)
        for number in range(first, min(last + 1, len(self._lines))):
            text = self._lines[number]
            rest = text.lstrip(" ")
            indent = len(text) - len(rest)
            closes = may_close_below and number == last and indent == column and rest[:1] in ("]", "}")
            if indent <= column and rest.strip() and not rest.startswith("#") and not closes:
                problem = "The line is not indented more than the block that its value belongs to."
                fix = "Indent the line with spaces."
                self.problems.append(YamlProblem(problem, number + 1, indent + 1, expected="spaces", fix=fix))
                return

    def _alias(self, event: yaml.AliasEvent) -> None:
        """Refuse an alias, once for each name, and continue."""
        name = str(event.anchor)
        if name not in self._aliases:
            self._aliases.add(name)
            self._report(
                event,
                f"The alias *{shown(name, quote='')} is not allowed.",
                expected="a file without aliases",
                fix="Write the value itself, or quote a string that begins with an asterisk.",
            )
        top = self._open[-1] if self._open else None
        if top is not None and top.waits_for_key:
            top.key, top.ignored = "", True
        else:
            self._place(Node("other", *_place_of(event)))

    def _place(self, node: Node) -> str:
        """Put a value into the collection that is open, or make it the root; return its path."""
        if not self._open:
            self.root = node
            return ""
        top = self._open[-1]
        if not top.is_object:
            top.node.items.append(node)
            return f"{top.path}[{len(top.node.items) - 1}]"
        key, top.key = top.key or "", None
        if not top.ignored:
            top.node.fields[key] = node
        top.ignored = False
        return _joined(top.path, key)

    def _report(self, event: yaml.Event, message: str, *, path: str = "", expected: str = "", fix: str = "") -> None:
        self.problems.append(YamlProblem(message, *_place_of(event), path, expected, fix))


def _place_of(event: yaml.Event) -> tuple[int, int]:
    """Return line and column of an event, counted from 1."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _joined(path: str, key: str) -> str:
    key = shown(key, quote="")
    return f"{path}.{key}" if path else key


def shown(text: str, *, quote: str = '"', limit: int = 60) -> str:
    """Return text of the file for a message: shortened, on one line, without unprintable characters."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else "\ufffd" for sign in text[: limit + 1])
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return f"{quote}{text}{quote}"


def _resolved(text: str, event: yaml.ScalarEvent) -> tuple[str, str | float | bool | None]:
    """Return kind and value of a scalar by the YAML 1.2 core schema (YAML 1.2.2, 10.3.2).

    With a core tag that does not fit, or any other tag, the scalar stays a string.
    """
    tag = event.tag
    if not tag:
        if not event.implicit[0]:
            return "string", text
        tag = ""
    elif tag in _FOREIGN_TAGS:
        return "other", text
    elif not tag.startswith(_CORE):
        return "string", text
    tag = tag.removeprefix(_CORE)
    if tag in ("", "null") and text in _NULL:
        return "null", None
    if tag in ("", "bool") and text in _BOOLEAN:
        return "boolean", _BOOLEAN[text]
    if text[:1] in _NUMBER_STARTS:
        if tag in ("", "int") and (match := _WHOLE.fullmatch(text)):
            digits = match["octal"] or match["hex"]
            return "number", _whole(digits[2:], base=8 if match["octal"] else 16) if digits else float(text)
        if tag in ("", "float") and (match := _BROKEN.fullmatch(text)):
            return "number", float(text.replace(".", "") if match["special"] else text)
    return "string", text


def _whole(digits: str, *, base: int) -> float:
    """Return digits of base 8 or 16 as a number; a number that is too large is infinite."""
    digits = digits.lstrip("0")
    return float(int(digits, base)) if 0 < len(digits) <= 40 else 0.0 if not digits else float("inf")


_ADVICE = (
    ("tab", "A tab cannot indent or begin a value here.", "Use spaces for indentation."),
    ("@", "An unquoted value cannot begin with @.", "Put the value in quotes."),
    ("`", "An unquoted value cannot begin with `.", "Put the value in quotes."),
    ("%", "An unquoted value cannot begin with %.", "Put the value in quotes."),
)


def _syntax_problem(error: yaml.YAMLError, source: str) -> YamlProblem:
    """Turn libyaml's error into a problem with position and advice."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return YamlProblem("The file is not valid YAML.", 1, 1, fix="Check the syntax of the file.")
    line, column = mark.line + 1, mark.column + 1
    rows = source.splitlines()
    row = rows[mark.line] if mark.line < len(rows) else ""
    sign = row[mark.column] if mark.column < len(row) else ""
    problem = str(getattr(error, "problem", "") or "")
    fix = "Check the indentation, quotes and brackets here."
    message = f"The file is not valid YAML: {problem or 'it ends too early'}."
    if "cannot start any token" in problem:
        for name, said, advice in _ADVICE:
            if sign == ("\t" if name == "tab" else name):
                message, fix = said, advice
    elif "mapping values are not allowed" in problem:
        message = "A colon makes a second key on this line, or the line is indented wrongly."
        fix = "Put a value that contains a colon in quotes, and align the keys of an object."
    elif "did not find expected key" in problem or "block end" in problem or "did not find expected '-'" in problem:
        message = "The line does not fit the lines before it."
        fix = "Align the keys of an object and the dashes of a list."
    elif "alias" in problem or "alias" in str(getattr(error, "context", "")):
        message = "A value that begins with an asterisk is an alias, which is not allowed."
        fix = "Put the value in quotes."
    return YamlProblem(message, line, column, fix=fix)
