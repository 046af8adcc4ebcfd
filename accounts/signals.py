"""What other floors, and packages above the models, listen to."""

from django.dispatch import Signal

superuser_created = Signal()
"""Sent by `createsuperuser` with `user`, within the transaction that stores them: a receiver that raises undoes it."""

event_recorded = Signal()
"""Sent after the commit that stored an Event, with `event`: time for mail, webhooks and inboxes."""

swept = Signal()
"""Sent by workers every now and then, with `now`: time to do what the clock asks for, and to make up for messages that
were lost. Several workers may send it at the same moment; receivers bear that."""
