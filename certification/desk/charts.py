"""Charts as numbers for SVG: positions and sizes, no markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from certification.desk.figures import Week

WIDTH = 640
HEIGHT = 160
BAR = 26
LABEL = 190


@dataclass(frozen=True)
class Bar:
    """One horizontal bar with its label and value, in the units of the drawing."""

    label: str
    value: float
    y: int
    width: float
    text_x: float


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, from top to bottom."""

    height: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Column:
    """One week: the rounds that were opened, and beside them those that were decided, failed on top of certified."""

    monday: str
    x: float
    label_x: float
    opened_y: float
    opened_height: float
    certified_y: float
    certified_height: float
    failed_y: float
    failed_height: float
    opened: int
    certified: int
    failed: int


@dataclass(frozen=True)
class Weeks:
    """Columns from left to right, with the largest value as the top of the scale."""

    top: int
    thick: float
    columns: tuple[Column, ...]


def bars(values: Mapping[str, float]) -> Bars:
    """Return a bar for each value; the largest value takes the whole width."""
    most = max(values.values(), default=0) or 1
    room = WIDTH - LABEL - 60
    drawn = tuple(
        Bar(label, value, n * BAR, round(room * value / most, 1), round(LABEL + room * value / most + 8, 1))
        for n, (label, value) in enumerate(values.items())
    )
    return Bars(height=max(len(values), 1) * BAR, bars=drawn)


def weeks(found: Sequence[Week]) -> Weeks:
    """Return two columns for each week."""
    top = max((max(week.opened, week.certified + week.failed) for week in found), default=0) or 1
    step = WIDTH / max(len(found), 1)
    thick = round(step * 0.34, 1)
    columns = []
    for n, week in enumerate(found):
        opened, certified, failed = (
            round(HEIGHT * value / top, 1) for value in (week.opened, week.certified, week.failed)
        )
        columns.append(
            Column(
                monday=week.monday,
                x=round(n * step + step * 0.12, 1),
                label_x=round(n * step + step * 0.12 + thick + 1, 1),
                opened_y=HEIGHT - opened,
                opened_height=opened,
                certified_y=HEIGHT - certified,
                certified_height=certified,
                failed_y=HEIGHT - certified - failed,
                failed_height=failed,
                opened=week.opened,
                certified=week.certified,
                failed=week.failed,
            )
        )
    return Weeks(top=top, thick=thick, columns=tuple(columns))
