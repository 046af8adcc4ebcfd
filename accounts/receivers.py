"""Resend mails that a killed worker had, and confirm the address of a new superuser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.dispatch import receiver

from accounts import actors, people
from accounts.mail import account_mails, invitation_mail, outbox
from accounts.models import User
from accounts.signals import superuser_created, swept

MAILS = frozenset(one.module_path for one in (invitation_mail.deliver, account_mails.send_notice, outbox.deliver))


@receiver(swept)
def make_up(now: datetime, **_: Any) -> None:
    """Send mails that a killed worker had claimed."""
    outbox.recover(task_paths=MAILS, now=now)


@receiver(superuser_created)
def admit(user: User, **_: Any) -> None:
    """Confirm the address of a new superuser, unless somebody else has confirmed it."""
    if people.has_address(user.email):
        raise ValidationError("Somebody else already has this e-mail address.")
    people.admit(user, by=actors.system("createsuperuser"))
