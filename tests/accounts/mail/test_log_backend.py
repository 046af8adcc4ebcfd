"""Mails without a mail server."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection


def test_mail_is_logged_as_a_person_reads_it(caplog: pytest.LogCaptureFixture) -> None:
    mail = EmailMultiAlternatives(
        subject="Confirm your address",
        body="Open this:\nhttps://portal.example/confirm/abc\n",
        to=["ann@portal.example", "bob@portal.example"],
        connection=get_connection("accounts.mail.log_backend.LogBackend"),
    )
    mail.attach_alternative("<p>Open this</p>", "text/html")

    with caplog.at_level("INFO", logger="mail"):
        sent = mail.send()

    assert sent == 1
    assert caplog.messages == [
        "Not sent: no mail server is configured. To ann@portal.example, bob@portal.example: Confirm your address\n"
        "    Open this:\n    https://portal.example/confirm/abc"
    ]
