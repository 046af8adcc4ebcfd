"""Resend mails that a killed worker had, confirm the address of a new superuser, and record who leaves a Project."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from accounts import actors, people
from accounts.mail import account_mails, invitation_mail, outbox
from accounts.models import Departure, Membership, User
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


@receiver(post_delete, sender=Membership)
def leave(instance: Membership, origin: Model | QuerySet[Any], **_: Any) -> None:
    """Record that somebody left a Project, unless the person or the Project is being deleted."""
    if (origin.model if isinstance(origin, QuerySet) else type(origin)) is not Membership:
        return
    now = timezone.now()
    bar = now + timedelta(days=settings.REVIEW_BAR_DAYS)
    Departure.objects.update_or_create(
        project_id=instance.project_id, user_id=instance.user_id, defaults={"left_at": now, "barred_until": bar}
    )
