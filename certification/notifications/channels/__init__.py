"""The channels that send notifications: one file each, which ends by registering its channel."""

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
    """One way to notify people or machines of an event.

    `tell` gets the event with its stored notifications, within the transaction that stores them. It may write rows, and
    leaves mail and network to a task that it enqueues on commit. Workers call `sweep` regularly to send what got lost.
    """

    tell: Callable[[Event, Sequence[Notification]], None]
    sweep: Callable[[datetime], None] = _nothing


_channels: dict[str, Channel] = {}


def register(name: str, channel: Channel) -> None:
    """Register a channel; raises ValueError for a name that is taken."""
    if name in _channels:
        raise ValueError(f"The channel {name} already exists.")
    _channels[name] = channel


@cache
def registered() -> Mapping[str, Channel]:
    """Return the channels of all files in this package, by name."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _channels
