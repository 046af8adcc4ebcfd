"""The demo's connectors as local Git repositories.

Their files are in `connectors/NAME/TAG`; the folder of a later tag contains only the changes. Author and dates are
fixed, so that every machine creates the same commits.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "connectors"
OWNER = "connector-demo"
PUBLIC_PREFIX = f"https://github.com/{OWNER}/"

_PLACEHOLDER = "@PLANTED_SECRET@"
_DATES = ("2026-03-02T09:00:00Z", "2026-06-08T09:00:00Z", "2026-09-07T09:00:00Z")


def url_of(name: str) -> str:
    """Return the URL of a demo connector's repository in its draft."""
    return f"{PUBLIC_PREFIX}{name}.git"


def make(folder: Path) -> list[str]:
    """Create missing repositories in a folder, and return the names of all."""
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(source.name for source in SOURCES.iterdir() if source.is_dir())
    for name in names:
        target = folder / f"{name}.git"
        if not target.exists():
            with tempfile.TemporaryDirectory(prefix="demo-", dir=folder) as work:
                _commit_tags(SOURCES / name, Path(work) / "files")
                _git(Path(work), "clone", "--quiet", "--bare", "files", "bare.git")
                # Moved in one step, so that a repository is never incomplete.
                (Path(work) / "bare.git").rename(target)
    return names


def _commit_tags(source: Path, work: Path) -> None:
    work.mkdir()
    _git(work, "init", "--quiet", "--initial-branch=main")
    for tag, date in zip(sorted(path.name for path in source.iterdir()), _DATES, strict=False):
        shutil.copytree(source / tag, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        _plant(work)
        _git(work, "add", "--all", date=date)
        _git(work, "commit", "--quiet", "--message", f"Release {tag}", date=date)
        _git(work, "tag", "--annotate", tag, "--message", f"Release {tag}", date=date)


def _plant(work: Path) -> None:
    """Put a credential into the files that need one. It is assembled here, so that no file of ours contains it."""
    for path in work.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        if _PLACEHOLDER in text:
            path.write_text(text.replace(_PLACEHOLDER, planted_secret()), encoding="utf-8")


def planted_secret() -> str:
    """Return a key that looks like a mail provider's but is not valid."""
    parts = [base64.urlsafe_b64encode(hashlib.sha256(word.encode()).digest()).decode() for word in ("demo", "planted")]
    return ".".join(("SG", parts[0][:22], parts[1][:43]))


def _git(folder: Path, *arguments: str, date: str = _DATES[0]) -> None:
    """Run git without the settings, hooks and templates of this machine."""
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "Connector Demo"), ("EMAIL", "connector-demo@example.com"), ("DATE", date))
    }
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TEMPLATE_DIR": "",
        **who,
    }
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, stdin=subprocess.DEVNULL)  # noqa: S607
