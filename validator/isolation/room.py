"""What a process behind a wall sees: the programs of the system, the folders it was given, and one to write in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]

SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Programs and libraries; where they are links into /usr, they stay links."""

_SETTINGS: Final = (
    *("alternatives", "ca-certificates.conf", "ca-certificates", "crypto-policies", "pki", "ssl"),
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ld-musl-x86_64.path", "localtime", "os-release", "timezone"),
    *("group", "nsswitch.conf", "passwd", "fonts", "mime.types", "magic"),
    *("gai.conf", "host.conf", "hosts", "protocols", "resolv.conf", "services"),
    *("java-11-openjdk", "java-17-openjdk", "java-21-openjdk", "php", "python3", "python3.11"),
)
"""What programs look up below /etc. The rest stays out: operators keep passwords there."""


@dataclass(frozen=True)
class Room:
    """What a process may read and write, and whether it has the network.

    `folder` belongs to the run and is seen; `writable` are the only folders in which the process may write. `readable`
    is seen beside the programs of the system and our own, `hidden` never, wherever it lies, except what is `granted`.
    `uid` is the user that the process runs as, where we may choose one. `processes` says that it needs a `/proc` of its
    own, as many programs do.
    """

    folder: Path
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    granted: tuple[Path, ...] = ()
    network: bool = False
    uid: int | None = None
    processes: bool = False

    def with_network(self, network: bool) -> Room:
        """Return the same room with the network, or without."""
        return replace(self, network=network)

    def hides_in(self, folder: Path) -> bool:
        """Return whether something hidden is a folder, or lies in it."""
        return any(secret == folder or folder in secret.parents for secret in self.hidden)

    def seen(self) -> list[Path]:
        """Return what may be read and exists, each folder before what is in it."""
        outside = [path for path in self.readable if not any(secret in path.parents for secret in self.hidden)]
        found = {path for wanted in (*_system(), *_own(), *_etc(), *outside) for path in _both(wanted)}
        kept = {path for wanted in found for path in _without(wanted, self.hidden)}
        granted = {path for wanted in self.granted for path in _both(wanted)}
        return sorted(kept | granted | {self.folder}, key=lambda path: (len(path.parts), str(path)))


def beside(program: str | None) -> tuple[Path, ...]:
    """Return the folders that a program needs to see: its own, or the one above a `bin`.

    A program that lies in a home folder, or directly below the root, brings itself only.
    """
    if program is None:
        return ()
    found: list[Path] = []
    for path in _both(Path(program).absolute()):
        folder = path.parent.parent if path.parent.name in ("bin", "sbin") else path.parent
        found.append(path if len(folder.parts) < 3 or _is_home(folder) else folder)
    return tuple(found)


def _is_home(folder: Path) -> bool:
    """Return whether a folder is somebody's home, or holds ours."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises for a user without an entry
    return folder == home or folder in home.parents or (folder / ".ssh").exists()


def _both(path: Path) -> Iterator[Path]:
    """Yield a path as it is written and as it is, so that links lead somewhere."""
    if path.exists():
        yield path
        yield path.resolve()


def _own() -> Iterator[Path]:
    """Yield where Python, its packages and the checks are."""
    yield Path(sys.prefix)
    yield Path(sys.base_prefix)
    yield Path(sys.executable).resolve().parent.parent
    yield from (Path(entry) for entry in sys.path if entry.endswith("-packages"))
    yield _ROOT / "validator"


def _system() -> Iterator[Path]:
    return (path for path in map(Path, SYSTEM) if not path.is_symlink())


def _etc() -> Iterator[Path]:
    return (Path("/etc") / name for name in _SETTINGS)


def _without(path: Path, hidden: Iterable[Path]) -> Iterator[Path]:
    """Yield a path, or instead of a folder that holds something hidden what else is in it."""
    inside = [secret for secret in hidden if secret == path or path in secret.parents]
    if not inside:
        yield path
    elif path not in inside:
        for child in path.iterdir():
            yield from _without(child, inside)


def is_reachable(path: Path) -> bool:
    """Return whether every user may go through the folders above a path."""
    return all(folder.stat().st_mode & 0o001 for folder in path.absolute().parents)


def reachable_by_all(folder: Path) -> bool:
    """Return whether another user reaches Python, the checks and a folder."""
    return all(map(is_reachable, (Path(sys.executable), Path(sys.executable).resolve(), _ROOT, folder)))
