"""What other floors listen to."""

from django.dispatch import Signal

event_recorded = Signal()
"""Sent after the commit that stored an Event, with `event`: time for mail, webhooks and inboxes."""
