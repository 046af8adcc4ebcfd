"""Try from behind a wall what it has to refuse, and print as JSON what it did not refuse.

Run as a program by `choice`, never by people. Its argument says where the secret is, which sockets listen, and which
process is another one's; they are all of the parent's making. Behind a wall, the number of that process may be one of
ours: its environment is known by the secret in it, and whether it got a signal the parent sees.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Try everything, then write into the own folder, which has to work."""
    what = json.loads(sys.argv[1])
    # A private /tmp may take this; whether it arrived, the parent sees.
    _works(lambda: _write(what["outside"]))
    print(json.dumps([name for name, deed in _deeds(what).items() if _works(deed)]), flush=True)
    # The last deed: where the number is ours, it ends this program.
    _works(lambda: os.kill(what["other"], signal.SIGTERM))


def _deeds(what: dict[str, Any]) -> dict[str, Callable[[], object]]:
    return {
        "reads a file outside of its room": lambda: _read(what["secret"]),
        "reads the environment of another process": lambda: what["name"] in _read(f"/proc/{what['other']}/environ"),
        "connects by TCP": lambda: _connect(socket.AF_INET, ("127.0.0.1", what["port"])),
        "connects to an abstract socket": lambda: _connect(socket.AF_UNIX, "\0" + what["name"]),
        "connects to a socket in the file system": lambda: _connect(socket.AF_UNIX, what["socket"]),
        "cannot write in its own room": lambda: not _is_written(what["room"] + "/own"),
    }


def _works(deed: Callable[[], object]) -> bool:
    try:
        return deed() is not False
    except (OSError, ValueError):
        return False


def _read(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - starts without pathlib
        return file.read(1000).decode("latin-1")


def _write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def _is_written(path: str) -> bool:
    try:
        _write(path)
    except OSError:
        return False
    return True


def _connect(family: int, address: Any) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        connection.connect(address)


if __name__ == "__main__":
    main()
