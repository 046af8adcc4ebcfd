"""Detect a file's programming language by its extension or by the interpreter in its first line."""

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
"""How many bytes of a file are read to find its interpreter."""

SCRIPTS: Final = frozenset({"shell", "PowerShell", "batch", "SQL", "awk"})
"""Languages used for the build and setup of an application that is written in another language."""

# A build manifest does not run, just like package.json.
_BUILD: Final = re.compile(r"(^|/)[^/]+\.gradle(\.kts)?$|(^|/)(build|project/[^/]+)\.sbt$|(^|/)mix\.exs$")


def unknown(path: str, program: str = "") -> str | None:
    """Return the language of a source file that static analysis does not support; None for every other file.

    `program` is the interpreter in the first line of a file without an extension.
    """
    if _BUILD.search(path):
        return None
    return _PROGRAMS.get(program) or _BY_EXTENSION.get(paths.extension(path))


def program_of(data: bytes) -> str:
    """Return the interpreter in a script's first line, in lowercase, or an empty string."""
    found = _FIRST_LINE.match(data[:FIRST_BYTES])
    return found[1].decode("ascii").lower() if found else ""
