"""The queues, and which process of a worker takes from which.

A task that waits for a foreign machine must not hold up the others: a validation may take ten minutes, files of a tag
two, a lookup seconds. So mails and webhooks have a process that does nothing else, and so have lookups.
"""

from __future__ import annotations

DEFAULT = "default"
"""Mails, notifications, webhooks."""

LOOKUPS = "lookups"
"""Short questions to repositories, for which a person waits at a page."""

FETCHES = "fetches"
"""Files of a tag, for the comparison of reviewers."""

VALIDATION = "validation"

READ_REPOSITORIES = frozenset({LOOKUPS, FETCHES, VALIDATION})
"""What needs git."""

Lane = tuple[str, ...]
"""The queues of one process: as long as something is in the first, it takes nothing from the next."""

GENERAL: Lane = (DEFAULT, FETCHES, VALIDATION)
ALL: Lane = (DEFAULT, LOOKUPS, FETCHES, VALIDATION)
RESERVED: tuple[Lane, ...] = ((DEFAULT,), (LOOKUPS,), (LOOKUPS,))
"""The processes of every worker beside those of `--processes`: two for lookups, because one host may be silent."""
