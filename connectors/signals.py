"""What the floor above and the task queue listen to."""

from django.dispatch import Signal

run_queued = Signal()
"""Sent after the commit that queued a ValidationRun, with `run_id` and `not_before` (a moment, or None for now):
somebody should work on it."""

draft_changed = Signal()
"""Sent within the transaction of each stored change of a draft, with `change` (a `drafts.draft_change.Change`):
what must be true at the same moment, such as the rounds of the certification floor, is written by its receivers. What
they raise undoes the change."""
