"""What mails about accounts and invitations do when a worker sweeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.mail import account_mails, invitation_mail, outbox
from accounts.signals import swept

MAILS = frozenset(one.module_path for one in (invitation_mail.deliver, account_mails.send_notice, outbox.deliver))


@receiver(swept)
def make_up(now: datetime, **_: Any) -> None:
    """Send what a worker had when it was killed."""
    outbox.recover(task_paths=MAILS, now=now)
