"""Whether a process was asked to stop."""

from __future__ import annotations

import time

LOOK_SECONDS = 0.1


class Stopping:
    """A request to stop that a signal handler may make at any moment.

    `threading.Event` is no safe place for it: its lock may be held by the very code that the signal interrupts, or by
    the handler of the signal before, and then the process waits for itself forever.
    """

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        """Ask to stop."""
        self._asked = True

    def clear(self) -> None:
        """Take the request back."""
        self._asked = False

    def is_set(self) -> bool:
        """Tell whether stopping was asked for."""
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait until stopping is asked for, or the seconds are over; tell whether it was."""
        until = time.monotonic() + seconds
        while not self._asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))
        return self._asked
