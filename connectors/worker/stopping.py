"""A flag for stopping a process."""

from __future__ import annotations

import time

LOOK_SECONDS = 0.1


class Stopping:
    """A flag that a signal handler may set at any time.

    `threading.Event` is not safe for this: the interrupted code, or the handler of an earlier signal, may hold its
    lock, and then the process deadlocks.
    """

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        """Request a stop."""
        self._asked = True

    def clear(self) -> None:
        """Clear the request."""
        self._asked = False

    def is_set(self) -> bool:
        """Return whether a stop was requested."""
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait for a stop request or the timeout; return whether a stop was requested."""
        until = time.monotonic() + seconds
        while not self._asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))
        return self._asked
