"""Mails that a page sends while the mail server is away: the page is as ever, and the worker tries again."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django_tasks_db.models import DBTaskResult

from accounts import outbox
from accounts.models import User
from tests import factory

pytestmark = pytest.mark.django_db

AWAY = "tests.accounts.test_outbox.Away"
HERE = "django.core.mail.backends.locmem.EmailBackend"


class Away(BaseEmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected("It went away with a secret.")


def left() -> list[Any]:
    """Return the arguments of what waits for the worker."""
    return [row.args_kwargs["args"] for row in DBTaskResult.objects.filter(task_path=outbox.deliver.module_path)]


@pytest.mark.parametrize(
    ("page", "data", "leads_to"),
    [
        ("/accounts/signup/", {"email": "new@example.com", "password1": "another long password"}, "confirm-email"),
        ("/accounts/signup/", {"email": "owner@example.com", "password1": "another long password"}, "confirm-email"),
        ("/accounts/password/reset/", {"email": "owner@example.com"}, "reset/done"),
        ("/accounts/password/reset/", {"email": "new@example.com"}, "reset/done"),
    ],
)
def test_a_page_works_without_a_mail_server_and_the_mail_comes_later(
    settings: Any, page: str, data: dict[str, str], leads_to: str
) -> None:
    user = User.objects.create_user("owner@example.com", factory.PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    settings.EMAIL_BACKEND = AWAY

    answer = Client().post(page, data)
    settings.EMAIL_BACKEND = HERE
    ((sealed, attempt),) = left()
    came = outbox.deliver.call(sealed, attempt)

    assert (answer.status_code, came) == (302, "sent")
    assert leads_to in answer["Location"]
    assert [message.to for message in mail.outbox] == [[data["email"]]]


def test_what_waits_is_sealed_and_the_same_mail(settings: Any) -> None:
    message = mail.EmailMultiAlternatives("Subject", "Follow /secret-link", "portal@example.com", ["a@example.com"])
    message.attach_alternative("<p>Follow</p>", "text/html")
    settings.EMAIL_BACKEND = AWAY

    outbox.send(message)
    settings.EMAIL_BACKEND = HERE
    ((sealed, attempt),) = left()
    outbox.deliver.call(sealed, attempt)

    (sent,) = mail.outbox
    assert "secret-link" not in sealed
    assert (sent.subject, sent.body, sent.from_email, sent.to) == (
        "Subject",
        "Follow /secret-link",
        "portal@example.com",
        ["a@example.com"],
    )
    assert [part.content for part in sent.alternatives] == ["<p>Follow</p>"]  # type: ignore[attr-defined]


def test_it_is_tried_a_few_times_and_no_more(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.EMAIL_BACKEND = AWAY

    outbox.send(mail.EmailMultiAlternatives("Subject", "Text", to=["a@example.com"]))
    for attempt in range(len(outbox.PAUSES)):
        ((sealed, _),) = [waits for waits in left() if waits[1] == attempt]
        came = outbox.deliver.call(sealed, attempt)

    assert came == "given up"
    assert len(left()) == len(outbox.PAUSES)
    assert "SMTPServerDisconnected" in caplog.text
    assert "secret" not in caplog.text
