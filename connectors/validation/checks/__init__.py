"""The checks, one file each, in the order in which they run."""

from __future__ import annotations

from connectors.validation.results import Check

CHECKS: tuple[Check, ...] = ()
