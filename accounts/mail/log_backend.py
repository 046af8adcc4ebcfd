"""Log mails instead of sending them, where no mail server is configured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from textwrap import indent

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger("mail")


class LogBackend(BaseEmailBackend):
    """Logs recipient, subject and text, including usable links. Headers and the HTML part are omitted."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Log each mail as one record, and return their number."""
        for mail in email_messages:
            text = indent(str(mail.body).strip(), "    ")
            logger.info("Not sent: no mail server is configured. To %s: %s\n%s", ", ".join(mail.to), mail.subject, text)
        return len(email_messages)
