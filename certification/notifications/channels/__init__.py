"""The channels that notifications go out by: one file each, which ends by registering its channel."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module

from accounts.models import Event
from certification.models import Notification


def _nothing(now: datetime) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Channel:
    """One way to tell people or machines of an event.

    `tell` gets the event with the notifications that were stored for it, within the transaction that stores them: it
    writes rows, and leaves mail and network to a task that it enqueues on commit. `sweep` is called by the worker now
    and then, to send what got lost.
    """

    tell: Callable[[Event, Sequence[Notification]], None]
    sweep: Callable[[datetime], None] = _nothing


_channels: dict[str, Channel] = {}


def register(name: str, channel: Channel) -> None:
    """Make a channel known; raises ValueError for a name that is taken."""
    if name in _channels:
        raise ValueError(f"There is a channel {name} already.")
    _channels[name] = channel


@cache
def registered() -> Mapping[str, Channel]:
    """Return the channels of all files in this package, by name."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _channels
