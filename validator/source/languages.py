"""Which programming language a file is written in, by its extension or by the program that its first line names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from validator.source import paths

_EXTENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Astro": ("astro",),
    "C": ("c", "h"),
    "C#": ("cs", "csx"),
    "C++": ("cc", "cpp", "cxx", "hh", "hpp"),
    "Clojure": ("clj", "cljc", "cljs"),
    "CoffeeScript": ("coffee",),
    "Crystal": ("cr",),
    "Cython": ("pyx",),
    "Dart": ("dart",),
    "Elixir": ("ex", "exs"),
    "Elm": ("elm",),
    "Erlang": ("erl",),
    "F#": ("fs", "fsx"),
    "Fortran": ("f90",),
    "Go": ("go",),
    "Groovy": ("groovy", "gvy"),
    "Haskell": ("hs",),
    "Java Server Pages": ("jsp", "jspx"),
    "Julia": ("jl",),
    "Jupyter": ("ipynb",),
    "Kotlin": ("kt", "kts"),
    "Lua": ("lua",),
    "Nim": ("nim",),
    "OCaml": ("ml",),
    "Objective-C": ("m", "mm"),
    "Perl": ("pl", "pm"),
    "PureScript": ("purs",),
    "R": ("r",),
    "Razor": ("cshtml", "razor"),
    "ReScript": ("res",),
    "Ruby": ("rb", "rake", "erb"),
    "Rust": ("rs",),
    "Scala": ("scala", "sc"),
    "Svelte": ("svelte",),
    "Swift": ("swift",),
    "Visual Basic": ("vb",),
    "Vue": ("vue",),
    "Zig": ("zig",),
    "shell": ("sh", "bash", "ksh", "zsh", "fish"),
    "PowerShell": ("ps1", "psm1"),
    "batch": ("bat", "cmd"),
    "SQL": ("sql",),
}
_BY_EXTENSION: Final = {extension: language for language, row in _EXTENSIONS.items() for extension in row}

_PROGRAMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("sh", "bash", "dash", "ash", "ksh", "zsh", "fish"), "shell"),
    "ruby": "Ruby",
    "perl": "Perl",
    "lua": "Lua",
    "elixir": "Elixir",
    "rscript": "R",
    "pwsh": "PowerShell",
    "groovy": "Groovy",
    "scala": "Scala",
    "kotlin": "Kotlin",
    "julia": "Julia",
    "awk": "awk",
    "tclsh": "Tcl",
}
_FIRST_LINE: Final = re.compile(rb"#![ \t]*(?:\S*/)?(?:env[ \t]+(?:-\S+[ \t]+)*)?([a-z]+)", re.IGNORECASE)

FIRST_BYTES: Final = 200
"""Bytes of a file that tell which program runs it."""

SCRIPTS: Final = frozenset({"shell", "PowerShell", "batch", "SQL", "awk"})
"""Languages that serve the build and the set-up of an application, which is written in another one."""

# The manifest of a build is no part of what runs, as little as package.json is.
_BUILD: Final = re.compile(r"(^|/)[^/]+\.gradle(\.kts)?$|(^|/)(build|project/[^/]+)\.sbt$|(^|/)mix\.exs$")


def unknown(path: str, program: str = "") -> str | None:
    """Return the language of a source file that static analysis does not know; None for every other file.

    `program` is the one that the first line of a file without an extension names.
    """
    if _BUILD.search(path):
        return None
    return _PROGRAMS.get(program) or _BY_EXTENSION.get(paths.extension(path))


def program_of(data: bytes) -> str:
    """Return the program that a script's first line names, in small letters, or an empty text."""
    found = _FIRST_LINE.match(data[:FIRST_BYTES])
    return found[1].decode("ascii").lower() if found else ""
