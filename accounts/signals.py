"""Signals for other apps, and for packages above the models."""

from django.dispatch import Signal

superuser_created = Signal()
"""Sent by `createsuperuser` with `user`, in the transaction that stores them: an exception in a receiver undoes it."""

event_recorded = Signal()
"""Sent after the commit that stored an Event, with `event`: for mail, webhooks and inboxes."""

swept = Signal()
"""Sent regularly by workers, with `now`: for scheduled work, and to recover lost messages. Several workers may send it
at the same time; receivers must handle that."""
