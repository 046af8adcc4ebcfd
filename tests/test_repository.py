"""What every tracked file keeps: no address of a package index, no path of a machine, no word of the workshop."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import PurePosixPath

import pytest

from tests.root import ROOT

BEHIND = {"tests/second_factors.py", "tests/log_secrets.py"}
"""Files that may import private modules of libraries; each says why it must."""

VENDORED = ("static/vendor/", "tests/journeys/vendor/")


def words(*parts: str) -> str:
    """Join the parts of a needle, so that this file itself does not contain it."""
    return "".join(parts)


NEEDLES = {
    "the address of a package index": [
        words("py", r"pi\.org"),
        words("python", r"hosted\.org"),
        words("registry", r"\.(?:npm|yarn)"),
        words("npm", r"js\.(?:org|com)/"),
        words("proxy", r"\.golang"),
        words("index", "-url"),
        words("dev", "pi|arti", "factory|nexus", "/repository"),
    ],
    "the path of a machine": [
        words("/", r"work/(?:main|shared)"),
        words("/ro", r"ot/"),
        words("/ho", r"me/[a-z]"),
        words("/Us", r"ers/[A-Za-z]"),
        words(r"[A-Z]:\\", r"Users"),
        words(r"\.py", r"env\b"),
    ],
    "a word of the workshop": [
        words("(?i:cla", r"ude)\b"),
        words("(?i:anth", "ropic)"),
        words("(?i:chat", "gpt)"),
        words(r"(?i:\bco", r"pilot\b)"),
        words(r"\bLL", r"Ms?\b"),
        words(r"\bAI", r"[- ](?:generated|assisted|agent)"),
        words("language ", "model"),
        words(r"(?i:\bissue) ", r"#?\d"),
        words("TO", "DO"),
        words("FIX", "ME"),
        words("not ", "implemented yet"),
    ],
}


@cache
def tracked() -> tuple[str, ...]:
    """Return the names of the tracked files."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"did not run: this is no Git checkout ({error})")
    return tuple(name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file())


@cache
def texts() -> dict[str, str]:
    """Return the text of each tracked file that we wrote; other people's files and pictures are left out."""
    found = {}
    for name in tracked():
        raw = (ROOT / name).read_bytes()
        if not name.startswith(VENDORED) and b"\0" not in raw[:8000]:
            found[name] = raw.decode("utf-8", "replace")
    return found


@pytest.mark.parametrize("kind", NEEDLES)
def test_tracked_files_hold_no(kind: str) -> None:
    pattern = re.compile("|".join(NEEDLES[kind]), re.IGNORECASE if kind.endswith("index") else 0)

    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]

    assert not found, f"{kind}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("the address of a package index", words("https://py", "pi.org/simple")),
        ("the address of a package index", words("https://files.python", "hosted.org/x.whl")),
        ("the address of a package index", words("https://registry", ".np", "mjs.org/x")),
        ("the path of a machine", words("cd /ro", "ot/portal")),
        ("the path of a machine", words("/ho", "me/somebody/portal")),
        ("a word of the workshop", words("see issue ", "#12")),
    ],
)
def test_needles_find_what_they_look_for(kind: str, line: str) -> None:
    assert any(re.search(needle, line) for needle in NEEDLES[kind])


def test_modules_have_names_that_say_what_they_hold() -> None:
    empty_words = {"utils", "util", "helpers", "helper", "manager", "managers", "service", "services", "misc", "common"}

    assert not [name for name in tracked() if name.endswith(".py") and PurePosixPath(name).stem in empty_words]


def private_modules(code: str) -> list[str]:
    """Return the modules of libraries that a piece of code imports although their name says that they are private."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [
            name
            for name in names
            if name.partition(".")[0] != "__future__"
            and any(part == "internal" or part.startswith("_") for part in name.split("."))
        ]
    return found


def test_private_modules_of_libraries_are_imported_by_the_named_files_only() -> None:
    programs = [name for name in tracked() if name.endswith(".py") and not name.startswith("devtools/demo/connectors/")]

    assert {name for name in programs if private_modules(texts()[name])} == BEHIND


@pytest.mark.parametrize(
    "code",
    [
        "from allauth.core.internal.ratelimit import get_ip",
        "from allauth.core import internal",
        "import pip._internal",
        "def f():\n    from http import _parse",
    ],
)
def test_private_module_is_found(code: str) -> None:
    assert private_modules(code)


def test_locks_hold_versions_and_hashes_only() -> None:
    allowed = re.compile(
        r"#.*|\s+#.*|[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==\S+( ; [^\\]+)? \\|\s+--hash=sha256:[0-9a-f]{64}( \\)?|"
    )

    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        assert not [line for line in lines if not allowed.fullmatch(line) or "://" in line]


def test_generated_and_local_files_are_not_tracked() -> None:
    local = re.compile(r"(^|/)(\.venv|\.tools|var|staticfiles|node_modules|__pycache__)/|\.pyc$|\.sqlite3$|^uv\.lock$")

    assert not [name for name in tracked() if local.search(name)]


def test_files_we_wrote_are_utf_8_without_blanks_at_the_ends() -> None:
    data = ("tests/data/", "tests/validator/")
    code = (".py", ".sh", ".html", ".css", ".js", ".toml", ".md")
    # They stand within a line, where the break would be a blank.
    inline = ("templates/_components/sha.html", "templates/_components/when.html", "templates/django/forms/widgets/")

    wrong = [
        name
        for name, text in texts().items()
        if name.endswith(code)
        and not name.startswith(data)
        and text
        and (
            "\ufffd" in text
            or (not text.endswith("\n") and not name.startswith(inline))
            or text.endswith("\n\n")
            or re.search(r"[ \t\r]+\n", text)
        )
    ]

    assert not wrong


def test_license_is_the_one_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    title = " ".join((ROOT / "LICENSE").read_text("utf-8").split()[:4])

    assert (project["license"], title) == ("Apache-2.0", "Apache License Version 2.0,")
    assert [name for name in project["license-files"] if name not in tracked()] == []


def test_notice_names_the_vendored_packages() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8").casefold()

    folders = {PurePosixPath(name).parent.name for name in tracked() if name.startswith(VENDORED)}
    packages = {folder.rpartition("-")[0] for folder in folders}

    assert packages
    assert [name for name in packages if f"- {name}," not in notice] == []
