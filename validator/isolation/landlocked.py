"""The wall of sandlock: Landlock and seccomp, for machines and containers that refuse namespaces.

Run as a program, this file is that wall: `python -I landlocked.py POLICY PROGRAM ...`. One process builds the wall and
watches the program; another above it stays until everything that the program started is gone.

Source: the documentation of sandlock 0.9, landlock(7), prctl(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any, Final

PARENT_DEATH_SIGNAL: Final = 1
CHILD_SUBREAPER: Final = 36
_SECONDS: Final = 5.0
_COULD_NOT: Final = 125


def main(argv: list[str]) -> int:
    """Run a program behind the wall and return its exit code; kill everything that it left behind."""
    policy, program = json.loads(argv[0]), argv[1:]
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGCHLD))
    _prctl(CHILD_SUBREAPER, 1)
    _prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
    watcher = os.fork()
    if not watcher:
        _prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGCHLD))
        os._exit(_watch(policy, program))
    code = _wait(watcher)
    _kill_all()
    return code


def _watch(policy: dict[str, Any], program: list[str]) -> int:
    """Run the program behind the wall; 125 when there is no wall."""
    # The library asks for a home folder, which a user of its own has not.
    os.environ.setdefault("HOME", "/")
    # Only this process needs it.
    import sandlock  # noqa: PLC0415

    try:
        code = sandlock.Sandbox(**policy).run_interactive(program)
    except (sandlock.SandlockError, OSError, ValueError) as error:
        print(f"sandlock: {error}", file=sys.stderr)
        return _COULD_NOT
    return _COULD_NOT if code < 0 else code


def _wait(watcher: int) -> int:
    """Wait for the end of the watcher, or for the order to stop."""
    while True:
        pid, status = os.waitpid(watcher, os.WNOHANG)
        if pid:
            return max(os.waitstatus_to_exitcode(status), -1) % 256
        if signal.sigwait((signal.SIGTERM, signal.SIGCHLD)) == signal.SIGTERM:
            return 128 + signal.SIGTERM


def _kill_all() -> None:
    """Kill what is left: without its watcher no program behind the wall can start another, so this ends."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        for pid in _children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123 - quick to start
        return [int(word) for word in file.read().split()]


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
