"""Mails: one for each notification whose recipient wants it, as text and HTML, threaded by connector; and the digest.

A mail is claimed by a conditional UPDATE before it is sent, so that two workers never send the same one. A failed mail
is retried after growing pauses; a mail whose worker died is sent again with the same Message-ID.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django_tasks import task

from accounts.mail import foreign_text
from accounts.models import Event, User
from certification.formatting import number
from certification.models import Notification
from certification.notifications import event_facts, inbox, kinds, links
from certification.notifications.channels import Channel, register
from certification.notifications.event_facts import Facts, Item
from certification.notifications.kinds import Side
from connectors.models import ConnectorStaged

logger = logging.getLogger(__name__)

Mail = Notification.Mail
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
CLAIM = timedelta(minutes=10)
COMMENT = "{comment}"
"""The text of a notice that is nothing but what somebody wrote."""


def tell(_: Event, notifications: Sequence[Notification]) -> None:
    """Let a worker send the immediate mails of an event, after the commit."""
    for row in notifications:
        if row.mail == Mail.WAITING:
            transaction.on_commit(partial(send_one.enqueue, row.pk))


def sweep(now: datetime) -> None:
    """Send mails that got stuck, and the digests of the day."""
    recover(now=now)
    send_digests(now=now)


@task(queue_name="default")
def send_one(notification_id: int) -> str:
    """Send the mail of one notification, in the worker."""
    return send(notification_id)


def send(notification_id: int, *, now: datetime | None = None) -> str:
    """Claim a waiting mail and send it; return the outcome in words."""
    now = now or timezone.now()
    waiting = Notification.objects.filter(_due(now), pk=notification_id)
    if not waiting.update(mail=Mail.SENDING, mail_claimed_at=now, mail_attempts=F("mail_attempts") + 1):
        return "not due"
    row = Notification.objects.select_related("recipient").get(pk=notification_id)
    if not row.recipient.is_active or _is_closed(row):
        return _end(row, Mail.NONE)
    try:
        compose(row).send()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("The mail of notification %d could not be sent: %s", row.pk, type(error).__name__)
        return _again(row)
    Notification.objects.filter(pk=row.pk).update(mail=Mail.SENT, mailed_at=timezone.now())
    return "sent"


def compose(row: Notification, *, said: Facts | None = None) -> EmailMultiAlternatives:
    """Return the mail of a notification: what happened, what to do next and by when, and where.

    The subject is a summary; headers make all mails about a connector one thread. `said` has the facts of an event
    that is only previewed.
    """
    context = _context(row, said)
    message = EmailMultiAlternatives(
        subject=one_line(context["subject"]),
        body=render_to_string("mail/notification.txt", context),
        to=[row.recipient.email],
        headers=_headers(row, context["settings_link"]),
    )
    html = render_to_string("mail/notification.html", {"title": context["title"], "body": body(row, said=said)})
    message.attach_alternative(html, "text/html")
    return message


def body(row: Notification, *, said: Facts | None = None) -> SafeString:
    """Return the HTML part of a notification's mail, without its frame."""
    return render_to_string("mail/_notification.html", _context(row, said))


def _context(row: Notification, said: Facts | None) -> dict[str, Any]:
    """Return what a mail shows. All of it that anybody else wrote has passed `accounts.mail.foreign_text`."""
    event = None if said else Event.objects.filter(uuid=row.event).first()
    said = event_facts.facts(event) if event else said
    kind = kinds.KINDS.get(row.kind)
    side = kind.side if kind else Side.DEVELOPERS
    title = foreign_text.name(row.title)
    return {
        "row": row,
        "title": title,
        "subject": f"{title}: {_subject(row, said)}",
        "label": foreign_text.name(row.label) if side is Side.DEVELOPERS else _subject(row, said),
        # Only where its event or its words are gone; what is stored may name people and a tag.
        "text": foreign_text.unlinked(row.text) if side is Side.DEVELOPERS else "",
        "link": settings.PUBLIC_URL + row.path,
        "settings_link": settings.PUBLIC_URL + reverse("notification_settings"),
        "why": kind.why if kind else "",
        "open": "Open it in the portal",
        **(_more(row, said.for_mail(side), titled=said, side=side) if said else {}),
    }


def _subject(row: Notification, said: Facts | None) -> str:
    """Return the keys of connector and Project, and the tag: no name, because anybody can choose one."""
    project = foreign_text.key(row.project_key, otherwise="your Project")
    if row.connector is None:
        return project
    draft = said.draft if said else ConnectorStaged.objects.filter(pk=row.connector).first()
    key = foreign_text.key(draft.key or "", otherwise="a connector") if draft else "a connector"
    tag = foreign_text.tag(said.tag) if said and said.tag else ""
    return f"{' '.join(filter(None, (key, tag)))} ({project})"


def _more(row: Notification, said: Facts, *, titled: Facts, side: Side) -> dict[str, Any]:
    """Return what a mail has in addition to the inbox: the next step, requested changes one by one, and further pages.

    For developers, the next step and its deadline come before the message. What somebody wrote is quoted.
    """
    notice = kinds.notice_of(said.event, kind=row.kind, titled=lambda one: titled.fill(one.title)[:200] == row.title)
    if notice is None:
        return {}
    developers = side is Side.DEVELOPERS
    text = said.fill(notice.text)
    items = event_facts.items(said) if developers else []
    return {
        "text": foreign_text.quoted(text) if notice.text == COMMENT and text else foreign_text.unlinked(text),
        "then": foreign_text.unlinked(said.step(notice.then)),
        "step_first": developers,
        "items": [Item(foreign_text.unlinked(one.place), foreign_text.unlinked(one.text)) for one in items],
        "links": list(links.pages(notice.links, said.event)) if said.draft is not None else [],
        **({"open": notice.open} if notice.open else {}),
    }


def one_line(text: str) -> str:
    """Return text on one line and limited in length, safe for a header."""
    return " ".join(text.split())[:180]


def domain() -> str:
    """Return the part of our Message-IDs after the @."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return address.rpartition("@")[2] or "localhost"


def message_id(row: Notification) -> str:
    """Return the Message-ID of a notification's mail, the same for every attempt."""
    return f"<event.{row.event.hex}.{row.recipient_id}@{domain()}>"


def thread_id(row: Notification) -> str:
    """Return the Message-ID that all mails about a connector refer to; no mail has it."""
    subject = row.connector.hex if row.connector else row.event.hex
    return f"<connector.{subject}@{domain()}>"


def _headers(row: Notification, settings_link: str) -> dict[str, str]:
    last = (
        Notification.objects.filter(recipient=row.recipient, connector=row.connector, mail=Mail.SENT)
        .exclude(pk=row.pk)
        .order_by("-created_at", "-id")
        .first()
    )
    references = thread_id(row) if last is None else f"{thread_id(row)} {message_id(last)}"
    return {
        "Message-ID": message_id(row),
        "In-Reply-To": thread_id(row) if last is None else message_id(last),
        "References": references,
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{settings_link}>",
    }


def _is_closed(row: Notification) -> bool:
    """Return whether the recipient has joined the Project since, and must not read this any more."""
    return Notification.objects.filter(inbox.closed(row.recipient), pk=row.pk).exists()


def _due(now: datetime) -> Q:
    """Return the condition for mails that may be sent now: those that wait, and those of a dead worker."""
    return Q(mail=Mail.WAITING) | Q(mail=Mail.SENDING, mail_claimed_at__lt=now - CLAIM)


def _again(row: Notification) -> str:
    if row.mail_attempts > len(PAUSES):
        return _end(row, Mail.FAILED)
    after = timezone.now() + PAUSES[row.mail_attempts - 1]
    Notification.objects.filter(pk=row.pk).update(mail=Mail.WAITING, mail_claimed_at=after)
    send_one.using(run_after=after).enqueue(row.pk)
    return "will be tried again"


def _end(row: Notification, state: str) -> str:
    Notification.objects.filter(pk=row.pk).update(mail=state)
    return Mail(state).label


def recover(*, now: datetime) -> int:
    """Send mails that a dead worker left, or that wait longer than their pause because a message got lost."""
    lost = Notification.objects.filter(
        Q(mail=Mail.SENDING, mail_claimed_at__lt=now - CLAIM)
        | Q(mail=Mail.WAITING, mail_claimed_at=None, created_at__lt=now - CLAIM)
        | Q(mail=Mail.WAITING, mail_claimed_at__lt=now - CLAIM)
    )
    found = list(lost.order_by("id").values_list("pk", flat=True)[:100])
    for pk in found:
        send(pk, now=now)
    return len(found)


def send_digests(*, now: datetime) -> int:
    """Send each person one mail with their waiting notifications, once a day from the configured hour on."""
    local = timezone.localtime(now)
    if local.hour < settings.DIGEST_HOUR:
        return 0
    until = local.replace(hour=settings.DIGEST_HOUR, minute=0, second=0, microsecond=0)
    waiting = Notification.objects.filter(mail=Mail.DIGEST, created_at__lt=until)
    people = list(waiting.order_by("recipient").values_list("recipient", flat=True).distinct()[:500])
    return sum(_send_digest(pk, until=until, now=now) for pk in people)


def _send_digest(user_id: int, *, until: datetime, now: datetime) -> bool:
    waiting = Notification.objects.filter(recipient=user_id, mail=Mail.DIGEST, created_at__lt=until)
    ids = list(waiting.values_list("pk", flat=True))
    # The worker that claims the rows first sends the mail; any other finds none.
    claimed = Notification.objects.filter(pk__in=ids, mail=Mail.DIGEST).update(
        mail=Mail.SENDING, mail_claimed_at=now, mail_attempts=F("mail_attempts") + 1
    )
    if not claimed:
        return False
    user = User.objects.get(pk=user_id)
    rows = list(Notification.objects.filter(pk__in=ids).exclude(inbox.closed(user)).order_by("label", "created_at"))
    context = {
        "rows": [_context(row, None) for row in rows],
        "settings_link": settings.PUBLIC_URL + reverse("notification_settings"),
    }
    message = EmailMultiAlternatives(
        subject=f"{number(len(rows), 'update')} about your connectors",
        body=render_to_string("mail/digest.txt", context),
        to=[user.email],
        headers={
            "Message-ID": f"<digest.{until:%Y%m%d}.{user_id}@{domain()}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{context['settings_link']}>",
        },
    )
    message.attach_alternative(render_to_string("mail/digest.html", context), "text/html")
    try:
        if user.is_active and rows:
            message.send()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("A digest could not be sent: %s", type(error).__name__)
        Notification.objects.filter(pk__in=ids).update(mail=Mail.DIGEST, mail_claimed_at=None)
        return False
    Notification.objects.filter(pk__in=ids).update(mail=Mail.SENT, mailed_at=timezone.now())
    return True


register("mail", Channel(tell, sweep))
