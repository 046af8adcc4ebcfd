"""Send mails about accounts and invitations in the worker: no page waits for a mail server, or fails without one."""

from __future__ import annotations

import json
import logging
import smtplib
from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts import sealing

logger = logging.getLogger(__name__)

PURPOSE = "mail"
SENT, LATER, GIVEN_UP = "sent", "will be retried", "given up"
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Links in such mails expire: after this time, somebody will have requested another one."""
CLAIM = timedelta(minutes=5)
"""No mail takes longer: a worker that has held one for this time was killed."""
MOST_WORKERS = 3
"""After this many attempts a mail is not retried."""


def post(message: EmailMultiAlternatives) -> None:
    """Queue a mail for the worker, which sends it at once.

    The queue's table keeps messages for days, so the mail is sealed: its link gives access to an account.
    """
    deliver.enqueue(sealing.seal(_text_of(message), purpose=PURPOSE), 0)


def send(message: EmailMultiAlternatives) -> str:
    """Send a mail, in the worker; one that cannot be sent is retried later. Return the outcome in a word."""
    return _send(message, attempt=0)


@task(queue_name="default")
def deliver(sealed: str, attempt: int) -> str:
    """Send a mail for the first time, or after so many attempts; return the outcome in a word."""
    return _send(_message_of(sealing.unseal(sealed, purpose=PURPOSE)), attempt=attempt)


def recover(*, task_paths: Collection[str], now: datetime) -> int:
    """Requeue mails whose worker was killed, and return how many; one may be sent twice, none is lost.

    `task_paths` are the tasks that send them. A queue outside the database handles this itself.
    """
    had = DBTaskResult.objects.filter(
        task_path__in=task_paths, status=TaskResultStatus.RUNNING, started_at__lt=now - CLAIM
    ).values_list("pk", "worker_ids")
    lost = [pk for pk, worker_ids in had if len(worker_ids) < MOST_WORKERS]
    given_back: int = DBTaskResult.objects.filter(
        pk__in=lost, status=TaskResultStatus.RUNNING, started_at__lt=now - CLAIM
    ).update(status=TaskResultStatus.READY, started_at=None)
    return given_back


def _send(message: EmailMultiAlternatives, *, attempt: int) -> str:
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("A mail about an account could not be sent: %s", type(error).__name__)
        if attempt == len(PAUSES):
            return GIVEN_UP
        sealed = sealing.seal(_text_of(message), purpose=PURPOSE)
        deliver.using(run_after=timezone.now() + PAUSES[attempt]).enqueue(sealed, attempt + 1)
        return LATER
    return SENT


def _text_of(message: EmailMultiAlternatives) -> str:
    return json.dumps(
        {
            "subject": message.subject,
            "body": message.body,
            "from_email": message.from_email,
            "to": message.to,
            "headers": message.extra_headers,
            "html": [content for content, _ in message.alternatives],
        }
    )


def _message_of(text: str) -> EmailMultiAlternatives:
    told = json.loads(text)
    html = told.pop("html")
    message = EmailMultiAlternatives(**told)
    for part in html:
        message.attach_alternative(part, "text/html")
    return message
