"""Signals for the task queue and other apps."""

from django.dispatch import Signal

run_queued = Signal()
"""Sent after the commit that queued a ValidationRun, with `run_id` and `not_before` (a time, or None for now)."""

draft_changed = Signal()
"""Sent in the transaction of each stored change of a draft, with `change` (a `drafts.draft_change.Change`), for data
that must change at the same time, such as the rounds of the certification app. An exception in a receiver rolls back
the change."""
