"""Mails where no mail server is set: they are written to the log, as much of them as a person wants to read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from textwrap import indent

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger("mail")


class LogBackend(BaseEmailBackend):
    """Writes recipient, subject and text; links in it can be followed. Headers and the HTML part are left out."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each mail as one record, and say how many there were."""
        for mail in email_messages:
            text = indent(str(mail.body).strip(), "    ")
            logger.info("Not sent, no mail server is set. To %s: %s\n%s", ", ".join(mail.to), mail.subject, text)
        return len(email_messages)
