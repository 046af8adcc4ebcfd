"""The request to stop, made by a signal in the middle of whatever the process does."""

from __future__ import annotations

import subprocess
import sys
import time

from connectors.worker.stopping import Stopping

# A timer whose signal comes again and again, so that it meets each step of waiting, asking, and of the handler itself.
INTERRUPTED = """
import signal, sys
from connectors.worker.stopping import Stopping

stopping = Stopping()
signal.signal(signal.SIGALRM, lambda number, frame: stopping.set())
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0002)
for _ in range(3000):
    stopping.wait(0.0001)
    stopping.clear()
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
"""


def test_any_number_of_signals_at_any_moment_ends_the_waiting() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], timeout=60, check=False)

    assert done.returncode == 0


def test_waiting_ends_with_the_time_or_the_request() -> None:
    stopping = Stopping()

    assert not stopping.wait(0)
    assert not stopping.wait(0.01)

    stopping.set()
    started = time.monotonic()

    assert stopping.wait(60)
    assert stopping.is_set()
    assert time.monotonic() - started < 30


def test_a_request_is_taken_back() -> None:
    stopping = Stopping()
    stopping.set()

    stopping.clear()

    assert not stopping.is_set()
