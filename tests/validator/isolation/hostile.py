"""A scanner that attacks the machine it runs on, and reports as findings what it was not refused.

Started as a program with the words source, output, and a JSON object that says where everything is.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

MANY = 10_000
HUGE = 100 << 30


def main() -> None:
    """Try the deeds that are asked for."""
    _, output, told = sys.argv[1:]
    what = json.loads(told)
    deeds: dict[str, Callable[[dict[str, Any]], object]] = {name: globals()[name] for name in what["deeds"]}
    done = [name for name, deed in deeds.items() if succeeds(deed, what)]
    results = [{"ruleId": name, "level": "error", "message": {"text": name}} for name in done]
    tool = {"driver": {"name": "hostile"}}
    Path(output).write_text(json.dumps({"version": "2.1.0", "runs": [{"tool": tool, "results": results}]}))


def succeeds(deed: Callable[[dict[str, Any]], object], what: dict[str, Any]) -> bool:
    """Return whether a deed was not refused."""
    try:
        return bool(deed(what))
    except (OSError, MemoryError, ValueError):
        return False


def finds_the_secret_in_a_process(what: dict[str, Any]) -> bool:
    """Read environment and command line of each process that has a folder, and of those that are known."""
    pids = {folder.name for folder in Path("/proc").glob("[0-9]*")} | {str(pid) for pid in what["pids"]}
    files = (f"/proc/{pid}/{name}" for pid in pids for name in ("environ", "cmdline", f"task/{pid}/environ"))
    own = f"/proc/{os.getpid()}/"
    return any(what["secret"].encode() in _content(file) for file in files if not file.startswith(own))


def finds_the_secret_in_its_environment(what: dict[str, Any]) -> bool:
    return what["secret"] in repr(dict(os.environ))


def reads_a_file_of_the_portal(what: dict[str, Any]) -> bool:
    return any(_content(path) for path in what["files"])


def lists_a_folder_of_the_portal(what: dict[str, Any]) -> bool:
    return any(_listed(path) for path in what["folders"])


def writes_outside(what: dict[str, Any]) -> bool:
    for path in what["written"]:
        with suppress(OSError):
            Path(path).write_text("written")
    return False


def connects_by_tcp(what: dict[str, Any]) -> bool:
    return _connects(socket.AF_INET, ("127.0.0.1", what["port"]))


def sends_by_udp(what: dict[str, Any]) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"here", ("127.0.0.1", what["udp"]))
    return False


def connects_to_a_socket_of_the_machine(what: dict[str, Any]) -> bool:
    return _connects(socket.AF_UNIX, what["socket"])


def connects_to_an_abstract_socket(what: dict[str, Any]) -> bool:
    return _connects(socket.AF_UNIX, "\0" + what["name"])


def signals_a_process_outside(what: dict[str, Any]) -> bool:
    return any(_is_signaled(pid) for pid in what["pids"])


def has_other_descriptors(what: dict[str, Any]) -> bool:
    return any(_is_open(number) for number in range(3, 1_000))


def forks_without_end(what: dict[str, Any]) -> bool:
    made = []
    try:
        for _ in range(MANY):
            pid = os.fork()
            if not pid:
                time.sleep(60)
                os._exit(0)
            made.append(pid)
    except OSError:
        pass
    for pid in made:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return len(made) > 1_000


def takes_all_memory(what: dict[str, Any]) -> bool:
    return bool(bytearray(HUGE))


def takes_all_memory_with_others(what: dict[str, Any]) -> bool:
    """Take a little in each of many processes, until somebody ends it."""
    for _ in range(40):
        if not os.fork():
            held = bytearray(os.urandom(1_000)) * 60_000
            time.sleep(60)
            os._exit(len(held) % 2)
    time.sleep(60)
    return True


def fills_the_disk(what: dict[str, Any]) -> bool:
    with Path("huge").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, HUGE)
    return True


def raises_its_limits(what: dict[str, Any]) -> bool:
    return subprocess.run(["prlimit", "--fsize=unlimited", "true"], capture_output=True, check=False).returncode == 0


def leaves_a_daemon(what: dict[str, Any]) -> bool:
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", what["mark"]])
        os._exit(0)
    os.wait()
    time.sleep(0.3)
    return False


def kills_everybody(what: dict[str, Any]) -> bool:
    for pid in (-1, os.getppid()):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return False


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(100_000)
    except OSError:
        return b""


def _listed(path: str) -> bool:
    try:
        return any(Path(path).iterdir())
    except OSError:
        return False


def _connects(family: int, address: Any) -> bool:
    with socket.socket(family) as connection:
        connection.settimeout(2)
        connection.connect(address)
    return True


def _is_signaled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
