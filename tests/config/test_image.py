"""The image's files, as far as they can be looked at without building one."""

from __future__ import annotations

from tests.root import ROOT


def copied() -> list[str]:
    """Return what the Dockerfile copies out of the checkout."""
    words = [line.split() for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()]
    return [name for row in words if row[:1] == ["COPY"] and "--from" not in row[1] for name in row[1:-1]]


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    shown = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}

    names = copied()

    assert "manage.py" in names
    assert [name for name in names if not (ROOT / name).exists()] == []
    assert set(names) == shown


def test_image_has_everything_that_the_web_server_is_started_with() -> None:
    needed = {path.name for path in ROOT.glob("*.py")} | {"config", "accounts", "connectors", "certification"}

    assert needed <= set(copied())
