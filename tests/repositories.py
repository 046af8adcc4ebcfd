"""Real Git repositories in temporary folders, and a server that never answers."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SPECIFICATION = "deployAs:\n  - name: service\n    applicationType: service\n    endpoint: /service\n"
FILES: Mapping[str, str] = {
    "connect.yaml": SPECIFICATION,
    "README.md": "# Payments\n\n## Installation\n\nDeploy it.\n",
    "service/package.json": '{"name": "service", "scripts": {"start": "node index.js"}}\n',
    "service/index.js": "export const answer = 42;\n",
}
"""A connector that passes where no certification is asked for."""

URL = "https://github.com/acme/payments.git"


def make(folder: Path, files: Mapping[str, str] = FILES, *, tag: str = "1.0.0") -> Path:
    """Commit these files, and nothing else, to the repository in a folder, tag them, and return the folder."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True)
        git(folder, "init", "-q")
    git(folder, "rm", "-rq", "--ignore-unmatch", ".")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", f"Release {tag}", "--allow-empty")
    git(folder, "tag", "-f", tag)
    return folder


def commit_of(folder: Path, tag: str = "1.0.0") -> str:
    """Return the commit of a tag."""
    return git(folder, "rev-parse", f"{tag}^{{commit}}").strip()


def git(folder: Path, *arguments: str) -> str:
    """Run git as a developer does, without this machine's own settings."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{
            f"GIT_{who}_{what}": f"dev@{who.lower()}.example"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@contextmanager
def silent_server() -> Iterator[str]:
    """Listen, accept, and never answer; yield the address to fetch from."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                kept.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        # Closing alone leaves the thread in accept, on a number that the next listener gets: it would take its guests.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)
        listener.close()
        for connection in kept:
            connection.close()
