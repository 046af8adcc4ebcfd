"""Mails without a mail server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from accounts import installation
from accounts.mail.log_backend import NoMailServer
from tests.root import ROOT

pytestmark = pytest.mark.security

SMTP, LOG = "django.core.mail.backends.smtp.EmailBackend", "accounts.mail.log_backend.LogBackend"
LINK = "https://portal.example/confirm/abc"


def letter() -> EmailMultiAlternatives:
    """Return a mail with a link that opens an account."""
    mail = EmailMultiAlternatives(
        subject="Confirm your address",
        body=f"Open this:\n{LINK}\n",
        to=["ann@portal.example", "bob@portal.example"],
        connection=get_connection(LOG),
    )
    mail.attach_alternative("<p>Open this</p>", "text/html")
    return mail


def test_mail_is_logged_as_a_person_reads_it(caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    settings.MAIL_TO_LOG = True

    with caplog.at_level("INFO", logger="mail"):
        sent = letter().send()

    assert sent == 1
    assert caplog.messages == [
        "Not sent: there is no mail server. To ann@portal.example, bob@portal.example: Confirm your address\n"
        f"Open this:\n{LINK}"
    ]


def test_nothing_of_it_is_logged_unless_somebody_allowed_it(caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    settings.MAIL_TO_LOG = False

    with caplog.at_level("DEBUG"), pytest.raises(NoMailServer):
        letter().send()

    assert caplog.text == ""


def start(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Start a command as in production, with only these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**kept, "SECRET_KEY": "x" * 50, "VAR_DIR": str(folder), "STATIC_ROOT": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "command", [["-c", "import config.wsgi"], ["manage.py", "worker"], ["manage.py", "check"]], ids=" ".join
)
def test_without_a_mail_server_nothing_starts_that_sends_mails(tmp_path: Path, command: list[str]) -> None:
    done = start(tmp_path, *command)

    assert done.returncode != 0
    assert "EMAIL_HOST is not set" in done.stderr
    assert "MAIL_TO_LOG=on" in done.stderr


@pytest.mark.parametrize(("backend", "allowed"), [(SMTP, False), (SMTP, True), (LOG, True)])
def test_with_one_or_with_leave_it_starts(settings: Any, backend: str, allowed: bool) -> None:
    settings.EMAIL_BACKEND, settings.MAIL_TO_LOG = backend, allowed

    assert installation.refusals() == []


@pytest.mark.parametrize("command", ["collectstatic", "migrate"])
def test_what_sends_no_mail_needs_no_mail_server(tmp_path: Path, command: str) -> None:
    words = ["--noinput", "-v0", "--dry-run"] if command == "collectstatic" else ["--plan", "-v0"]

    assert start(tmp_path, "manage.py", command, *words).returncode == 0
