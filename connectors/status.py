"""The transition tables of `status` and `isPreviewable`. Pure; every verb uses them.

docs/states.md is generated from these tables, and a test covers the whole matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.choices import ConnectorStatus as S
from connectors.choices import IsPreviewable as P


@dataclass(frozen=True)
class Move:
    """A verb with its start states and its end state; `who` is for the diagram."""

    starts: frozenset[str]
    end: str
    who: str


STATUS: Mapping[str, Move] = {
    "submit": Move(frozenset({S.DRAFT, S.FAILED, S.PUBLISHED}), S.PROCESSING, "developer"),
    "list_again": Move(frozenset({S.DRAFT, S.FAILED, S.PUBLISHED}), S.PUBLISHED, "developer"),
    "resubmit": Move(frozenset({S.READY_FOR_CERTIFICATION, S.IN_CERTIFICATION}), S.PROCESSING, "developer"),
    "admit": Move(frozenset({S.PROCESSING}), S.READY_FOR_CERTIFICATION, "validation"),
    "publish_privately": Move(frozenset({S.PROCESSING}), S.PUBLISHED, "validation"),
    "reject": Move(frozenset({S.PROCESSING}), S.FAILED, "validation"),
    "start_certification": Move(frozenset({S.READY_FOR_CERTIFICATION}), S.IN_CERTIFICATION, "reviewer"),
    "certify": Move(frozenset({S.IN_CERTIFICATION}), S.PUBLISHED, "reviewer"),
    "fail": Move(frozenset({S.IN_CERTIFICATION}), S.FAILED, "reviewer"),
    "withdraw": Move(frozenset({S.READY_FOR_CERTIFICATION, S.IN_CERTIFICATION}), S.DRAFT, "developer"),
    "appeal": Move(frozenset({S.FAILED}), S.READY_FOR_CERTIFICATION, "developer"),
}

PREVIEW: Mapping[str, Move] = {
    "request": Move(frozenset({P.NONE, P.TRUE, P.FALSE}), P.PENDING, "developer"),
    "grant": Move(frozenset({P.PENDING}), P.TRUE, "validation"),
    "refuse": Move(frozenset({P.PENDING}), P.FALSE, "validation"),
    "reset": Move(frozenset(P), P.NONE, "developer"),
}

FROZEN = frozenset({S.PROCESSING, S.READY_FOR_CERTIFICATION, S.IN_CERTIFICATION})
"""While a draft has one of these statuses, its content cannot change."""

COMMENTABLE = frozenset({S.READY_FOR_CERTIFICATION, S.IN_CERTIFICATION})
"""The frozen states in which both sides may still comment."""


def can(table: Mapping[str, Move], verb: str, state: str) -> bool:
    """Return whether the verb may start from this state. An unknown verb raises KeyError."""
    return state in table[verb].starts
