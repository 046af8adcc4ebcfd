"""Which programming language a file is written in, for the languages that no rule of static analysis knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors.validation import paths

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

SCRIPTS: Final = frozenset({"shell", "PowerShell", "batch", "SQL"})
"""Languages that serve the build and the set-up of an application, which is written in another one."""

# The manifest of a build is no part of what runs, as little as package.json is.
_BUILD: Final = re.compile(r"(^|/)[^/]+\.gradle(\.kts)?$|(^|/)(build|project/[^/]+)\.sbt$|(^|/)mix\.exs$")


def unknown(path: str) -> str | None:
    """Return the language of a source file that static analysis does not know; None for every other file."""
    if _BUILD.search(path):
        return None
    return _BY_EXTENSION.get(paths.extension(path))
