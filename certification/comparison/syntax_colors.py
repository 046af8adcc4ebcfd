"""Colors of code: the pieces of each line with what they are, read by Pygments.

Colors are a help and never a reason to wait or to show something else. A text that is large, takes long, or has no
language that we know is shown as it is; and the pieces of a line are its text, to the last character, or it has none.
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
"""What a part of a line is (`k`, `str`, `fn`, `num`, `comment`, or nothing), and its text."""

LARGEST: Final = 200_000
"""Characters of a text that is colored."""

LONGEST_LINE: Final = 300
"""Characters of a line that is colored."""

SECONDS: Final = 0.5
"""Computing time for a text; a line is always read to its end."""

# Only lexers whose time was measured on hostile lines, and none that chooses another lexer by a name in the text.
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
    """Return the pieces of the lines of a text, the first line first; those that have no colors are left out."""
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
            # What the next line is part of is not known: it is read as the first one.
            state = _State(lexer)
            found.append(())
            continue
        found.append(state.pieces(line))
    return found


class _State:
    """What the lines so far have begun.

    A lexer sees one line at a time, because its expressions may take a time that grows with a power of what they see,
    and nothing stops them. Most of what spans lines is a state of the lexer; a comment between /* and */ is not.
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
    """Add a piece to a line, to the piece before it if that is of the same kind."""
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
