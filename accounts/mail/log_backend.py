"""Log mails instead of sending them, where there is no mail server and an operator has set MAIL_TO_LOG."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger("mail")

IN_LINES = {"lines": True}
"""The line format keeps the lines of this message, indented."""


class NoMailServer(OSError):
    """There is no mail server, and nobody has allowed mails in the log. The mail may be sent later."""

    def __init__(self) -> None:
        super().__init__("There is no mail server: set EMAIL_HOST.")


class LogBackend(BaseEmailBackend):
    """Logs recipient, subject and text, including usable links. Headers and the HTML part are omitted."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Log each mail as one record, and return their number. Raises NoMailServer unless MAIL_TO_LOG is on."""
        if not settings.MAIL_TO_LOG:
            raise NoMailServer
        for mail in email_messages:
            text = str(mail.body).strip()
            to = ", ".join(mail.to)
            logger.info("Not sent: there is no mail server. To %s: %s\n%s", to, mail.subject, text, extra=IN_LINES)
        return len(email_messages)
