"""Syntax colors: the tokens of each line with their kinds, as Pygments finds them.

Colors must neither delay a page nor change a text. A text that is large, takes long, or is in an unsupported language
is shown without colors. The pieces of a line are exactly its text, or the line has none.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from pygments import lexers
from pygments.lexer import ExtendedRegexLexer, LexerContext, RegexLexer
from pygments.lexers.data import YamlLexer, YamlLexerContext
from pygments.token import Comment, Keyword, Name, Number, Operator, String

Piece = tuple[str, str]
"""The kind of a part of a line (`k`, `str`, `fn`, `num`, `comment`, or "") and its text."""

LARGEST: Final = 200_000
"""The longest text that gets colors, in characters."""

LONGEST_LINE: Final = 300
"""The longest line that gets colors, in characters."""

SECONDS: Final = 0.5
"""CPU time for a text, in seconds; a line that was begun is finished."""

# Only lexers whose time on hostile lines was measured, and none that selects another lexer by a name in the text.
_LEXERS: Final[Mapping[str, str]] = {
    "js": "JavascriptLexer",
    "jsx": "JavascriptLexer",
    "mjs": "JavascriptLexer",
    "cjs": "JavascriptLexer",
    "ts": "TypeScriptLexer",
    "tsx": "TypeScriptLexer",
    "mts": "TypeScriptLexer",
    "cts": "TypeScriptLexer",
    "py": "PythonLexer",
    "java": "JavaLexer",
    "php": "PhpLexer",
    "json": "JavascriptLexer",
    "yaml": "YamlLexer",
    "yml": "YamlLexer",
    "xml": "XmlLexer",
    "css": "CssLexer",
}

_KINDS: Final = (
    (Comment, "comment"),
    (String, "str"),
    (Number, "num"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Function, "fn"),
    (Name.Class, "fn"),
    (Name.Tag, "fn"),
    (Name.Decorator, "fn"),
)


def lines(text: str, *, path: str) -> Sequence[tuple[Piece, ...]]:
    """Return the pieces of each line of a text, in order, up to the last line that was read within the limits."""
    lexer = _lexer(PurePosixPath(path).suffix.removeprefix(".").lower())
    if lexer is None or len(text) > LARGEST:
        return ()
    end = time.thread_time() + SECONDS
    state = _State(lexer)
    found: list[tuple[Piece, ...]] = []
    for line in text.split("\n"):
        if time.thread_time() > end:
            break
        if len(line) > LONGEST_LINE:
            # The state after a line without pieces is unknown, so the next line is read as the first one.
            state = _State(lexer)
            found.append(())
            continue
        found.append(state.pieces(line))
    return found


class _State:
    """What is still open after the lines so far, such as a string or a comment.

    A lexer gets one line at a time, because its regular expressions may need polynomial time and cannot be stopped.
    The lexer's own state covers most tokens that span lines, but not comments between /* and */.
    """

    def __init__(self, lexer: RegexLexer) -> None:
        self.lexer = lexer
        self.context = YamlLexerContext("", 0) if isinstance(lexer, YamlLexer) else LexerContext("", 0)
        self.in_comment = False

    def pieces(self, line: str) -> tuple[Piece, ...]:
        """Return the pieces of the next line."""
        found: list[Piece] = []
        if self.in_comment:
            comment, end, line = line.partition("*/")
            _add(found, "comment", comment + end)
            self.in_comment = not end
        if self.in_comment:
            return tuple(found)
        self.context.text, self.context.pos, self.context.end = f"{line}\n", 0, len(line) + 1
        at = 0
        for _, token, value in ExtendedRegexLexer.get_tokens_unprocessed(self.lexer, context=self.context):
            kind = next((kind for family, kind in _KINDS if token in family), "")
            if not kind and value.startswith("/") and line.startswith("/*", at) and "*/" not in line[at:]:
                self.in_comment = True
                _add(found, "comment", line[at:])
                break
            _add(found, kind, value.replace("\n", ""))
            at += len(value)
        return tuple(found)


def _add(line: list[Piece], kind: str, text: str) -> None:
    """Add a piece to a line, or extend the last piece if it is of the same kind."""
    if not text:
        return
    if line and line[-1][0] == kind:
        line[-1] = (kind, line[-1][1] + text)
    else:
        line.append((kind, text))


@cache
def _lexer(extension: str) -> RegexLexer | None:
    name = _LEXERS.get(extension)
    return None if name is None else getattr(lexers, name)()
