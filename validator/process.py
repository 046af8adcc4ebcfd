"""Run other programs with limits on time, output, memory and written bytes; kill them as a group, leave none behind."""

from __future__ import annotations

import ctypes
import os
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final

_CHUNK: Final = 65_536
_POLL_SECONDS: Final = 0.25
_MAX_COMPLAINT: Final = 16_384
_CLEARING_SECONDS: Final = 8.0
_MEASURE_SECONDS: Final = 0.5
_SET_DUMPABLE: Final = 4
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class ProcessError(Exception):
    """A program failed; the text is for our log and never for a report."""


class NotInstalledError(ProcessError):
    """The program is not on this machine, or could not be started."""


class DeadlinePassedError(ProcessError):
    """The program was killed because it ran out of time."""


class OutputTooLargeError(ProcessError):
    """The program was killed because it wrote too much."""


class MemoryExceededError(ProcessError):
    """The program was killed because it and those it started used too much memory."""


class StoppedError(Exception):
    """The work was asked to stop before it finished; its results do not count."""


@dataclass(frozen=True)
class Limits:
    """The limits of a program: bytes of output, of address space and of one written file; seconds of CPU.

    `ceiling` are the largest that the program may give to those it starts, where they are not its own. `total` is how
    many bytes of memory it may use together with all of them; it is looked at twice a second.
    """

    output: int = 64_000_000
    memory: int = 512_000_000
    file_size: int = 100_000_000
    cpu_seconds: int = 60
    ceiling: Limits | None = None
    total: int | None = None


@dataclass(frozen=True)
class Cover:
    """What stands between a program and the machine: the command that builds it and then becomes the program.

    `ends_itself` says that it clears away what its program left behind when it gets SIGTERM.
    """

    words: tuple[str, ...] = ()
    ends_itself: bool = False


BARE: Final = Cover()
"""Nothing in between."""


@dataclass(frozen=True)
class Finished:
    """How a program ended: `code` is negative for a signal; `complaint` is the beginning of standard error."""

    code: int
    output: bytes
    complaint: str


def search_path() -> str:
    """Return the search path for programs."""
    return os.environ.get("PATH", os.defpath)


def never() -> bool:
    """Return False: nobody asked to stop."""
    return False


class Child:
    """A running program in a session of its own, with a pipe from it and one to it.

    Use it as a context manager: at the end, whatever happened, the program and its children are killed.
    `deadline` is a moment of `time.monotonic()`. Raises NotInstalledError when the program cannot start.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        deadline: float,
        limits: Limits,
        stop: Callable[[], bool] = never,
        has_input: bool = False,
        cover: Cover = BARE,
    ) -> None:
        self.deadline = deadline
        self._cover = cover
        self.limits = limits
        self._stop = stop
        self._complaint = bytearray()
        self._received = 0
        self._measured = time.monotonic()
        # Searched for here, because the commands that set the limits would report a missing program only by an exit
        # code.
        if shutil.which(argv[0], path=env.get("PATH", os.defpath)) is None:
            raise NotInstalledError(argv[0])
        try:
            self._process = subprocess.Popen(
                [*_ties(cover), *cover.words, *_guards(limits), *argv],
                stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise NotInstalledError(argv[0]) from error
        self._selector = selectors.DefaultSelector()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is None:
                continue
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def kill(self) -> None:
        """Kill the program with everything in its session, and wait until it is gone."""
        if self._cover.ends_itself and self._process.poll() is None:
            with suppress(OSError, subprocess.TimeoutExpired):
                os.killpg(self._process.pid, signal.SIGTERM)
                self._process.wait(_CLEARING_SECONDS)
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        self._process.wait()

    def send(self, data: bytes) -> None:
        """Write to the program; raises ProcessError when it no longer listens."""
        if self._process.stdin is None:
            raise ProcessError("the program has no input")
        try:
            self._process.stdin.write(data)
        except OSError as error:
            raise ProcessError("the program no longer reads") from error

    def end_input(self) -> None:
        """Close the pipe to the program, so that it sees the end of its input."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def chunks(self) -> Iterator[bytes]:
        """Yield the program's output until it closes it.

        Raises DeadlinePassedError, OutputTooLargeError and StoppedError; the program has then been killed.
        """
        open_pipes = len(self._selector.get_map())
        while open_pipes:
            self.check()
            ready = self._selector.select(min(_POLL_SECONDS, max(0.0, self.deadline - time.monotonic())))
            for key, _ in ready:
                data = os.read(key.fd, _CHUNK)
                if not data:
                    self._selector.unregister(key.fileobj)
                    open_pipes -= 1
                elif key.fileobj is self._process.stderr:
                    self._complaint += data[: _MAX_COMPLAINT - len(self._complaint)]
                else:
                    self._received += len(data)
                    if self._received > self.limits.output:
                        self.kill()
                        raise OutputTooLargeError("too much output")
                    yield data

    def finish(self) -> tuple[int, str]:
        """Wait for the program to end and return exit code and complaint; raises DeadlinePassedError and
        StoppedError."""
        while True:
            self.check()
            try:
                code = self._process.wait(min(_POLL_SECONDS, max(0.01, self.deadline - time.monotonic())))
            except subprocess.TimeoutExpired:
                continue
            return code, self._complaint.decode("utf-8", "replace")

    def check(self) -> None:
        """Raise DeadlinePassedError, MemoryExceededError or StoppedError when it is time; the program has then been
        killed."""
        if time.monotonic() >= self.deadline:
            self.kill()
            raise DeadlinePassedError("time ran out")
        if self._stop():
            self.kill()
            raise StoppedError
        if self.limits.total is not None and time.monotonic() >= self._measured + _MEASURE_SECONDS:
            self._measured = time.monotonic()
            if memory_of(self._process.pid) > self.limits.total:
                self.kill()
                raise MemoryExceededError("too much memory")


def memory_of(pid: int) -> int:
    """Return the bytes of memory that a process uses together with all that came from it; 0 where /proc does not tell.

    What they share is counted for each.
    """
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = [
            word for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()
        ]
    except (OSError, IndexError):
        return 0
    return pages * _PAGE + sum(memory_of(int(child)) for child in children)


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    deadline: float,
    limits: Limits | None = None,
    stop: Callable[[], bool] = never,
    data: bytes | None = None,
    cover: Cover = BARE,
) -> Finished:
    """Run a program to its end and return what it wrote; `data` (at most some kB) is its input."""
    with Child(
        argv,
        env=env,
        cwd=cwd,
        deadline=deadline,
        limits=limits or Limits(),
        stop=stop,
        has_input=data is not None,
        cover=cover,
    ) as child:
        if data is not None:
            child.send(data)
            child.end_input()
        output = b"".join(child.chunks())
        code, complaint = child.finish()
    return Finished(code, output, complaint)


@lru_cache(maxsize=1)
def _kills_orphans() -> bool:
    """Return whether `setpriv --pdeathsig` works here: busybox has a setpriv without it, other systems have none."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return False
    try:
        return (
            subprocess.run([setpriv, "--pdeathsig", "KILL", "true"], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def _ties(cover: Cover) -> list[str]:
    """Return the commands that let a program die with us, and behind a cover before us where memory runs out."""
    ties = ["setpriv", "--pdeathsig", "KILL"] if _kills_orphans() else []
    return [*ties, "choom", "-n", "1000", "--"] if cover.words and shutil.which("choom") else ties


def _guards(limits: Limits) -> list[str]:
    """Return the commands that set the limits and then become the program.

    They run in the child instead of `preexec_fn`, which is unsafe with threads. Where the system does not support a
    limit, the others still hold.
    """
    top = limits.ceiling or limits
    if shutil.which("prlimit"):
        return [
            "prlimit",
            f"--as={_pair(limits.memory, top.memory, resource.RLIMIT_AS)}",
            f"--fsize={_pair(limits.file_size, top.file_size, resource.RLIMIT_FSIZE)}",
            f"--cpu={_pair(limits.cpu_seconds, top.cpu_seconds, resource.RLIMIT_CPU)}",
            "--core=0",
        ]
    script = (
        f"ulimit -c 0; ulimit -S -t {limits.cpu_seconds}; ulimit -S -f {limits.file_size // 512};"
        f' ulimit -S -v {limits.memory // 1024} 2>/dev/null; exec "$@"'
    )
    return ["sh", "-c", script, "sh"]


def _pair(soft: int, hard: int, kind: int) -> str:
    """Return a limit for prlimit: soft and hard, neither above what this process may set."""
    most = resource.getrlimit(kind)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    return f"{soft}:{max(soft, hard)}"


def hide() -> None:
    """Close this process to others of the same user: its environment and its memory (prctl(2), PR_SET_DUMPABLE).

    It holds for processes that this one forks, and ends in programs that they become.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
