"""What the floor above and the task queue listen to."""

from django.dispatch import Signal

run_queued = Signal()
"""Sent after the commit that made a ValidationRun, with `run_id`: somebody should work on it."""
