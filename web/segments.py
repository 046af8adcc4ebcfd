"""Choices side by side of which one is chosen, for `_components/segments.html`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """One choice: a link if it has a `url`, or else a button that sends `name` and `value` with the form around it."""

    label: str
    chosen: bool
    url: str = ""
    name: str = ""
    value: str = ""
    icon: str = ""
