"""Mails that a page leaves to the worker: the page asks no mail server, and the worker tries again when it is away."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts import receivers
from accounts.limits.table import MAILS
from accounts.mail import account_mails, invitation_mail, outbox
from accounts.models import User
from accounts.signals import swept
from certification.notifications.telling import tell_event
from tests import factory
from tests.worker import work_off

pytestmark = pytest.mark.django_db

AWAY = "tests.accounts.mail.test_outbox.Away"
HERE = "django.core.mail.backends.locmem.EmailBackend"


class Away(BaseEmailBackend):
    """A mail server that takes nothing."""

    asked = 0

    def send_messages(self, messages: Any) -> int:
        Away.asked += 1
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
def test_a_page_asks_no_mail_server_and_the_mail_comes_from_the_worker(
    settings: Any, page: str, data: dict[str, str], leads_to: str
) -> None:
    user = User.objects.create_user("owner@example.com", factory.PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    settings.EMAIL_BACKEND = AWAY
    before = Away.asked

    answer = Client().post(page, data)
    asked = Away.asked - before
    settings.EMAIL_BACKEND = HERE
    work_off()

    assert (answer.status_code, asked) == (302, 0)
    assert leads_to in answer["Location"]
    assert [message.to for message in mail.outbox] == [[data["email"]]]


@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("/accounts/signup/", {"email": "owner@example.com", "password1": "another long password"}),
        ("/accounts/signup/", {"email": "Owner@Example.com", "password1": "another long password"}),
        ("/accounts/password/reset/", {"email": "owner@example.com"}),
        ("/accounts/password/reset/", {"email": "nobody@example.com"}),
    ],
)
def test_an_address_gets_few_mails_of_a_kind_and_the_page_stays_the_same(page: str, data: dict[str, str]) -> None:
    user = User.objects.create_user("owner@example.com", factory.PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    answers = []
    with time_machine.travel("2026-06-01T10:00:00Z") as clock:
        for _ in range(MAILS.times + 2):
            answers.append(Client().post(page, data))
            # The library's own limits are for three minutes at most.
            clock.shift(timedelta(seconds=181))

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, answers[0]["Location"])}
    assert len(left()) == MAILS.times


@pytest.mark.security
def test_what_waits_is_sealed_and_the_same_mail(settings: Any) -> None:
    message = mail.EmailMultiAlternatives("Subject", "Follow /secret-link", "portal@example.com", ["a@example.com"])
    message.attach_alternative("<p>Follow</p>", "text/html")
    settings.EMAIL_BACKEND = AWAY

    outbox.post(message)
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
    for attempt in range(1, len(outbox.PAUSES) + 1):
        ((sealed, _),) = [waits for waits in left() if waits[1] == attempt]
        came = outbox.deliver.call(sealed, attempt)

    assert came == outbox.GIVEN_UP
    assert len(left()) == len(outbox.PAUSES)
    assert "SMTPServerDisconnected" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("task", [outbox.deliver, account_mails.send_notice, invitation_mail.deliver])
def test_a_mail_that_a_killed_worker_had_is_sent_by_the_next(task: Any) -> None:
    now, path = timezone.now(), task.module_path
    task.enqueue()
    DBTaskResult.objects.get().claim("killed")
    swept.send(sender=None, now=now + outbox.CLAIM - timedelta(seconds=5))
    waited = DBTaskResult.objects.get().status

    swept.send(sender=None, now=now + outbox.CLAIM + timedelta(seconds=5))

    assert waited == TaskResultStatus.RUNNING
    assert [row.task_path for row in DBTaskResult.objects.ready()] == [path]


def test_a_mail_that_kills_each_worker_ends() -> None:
    outbox.deliver.enqueue()
    later = timezone.now() + outbox.CLAIM + timedelta(seconds=5)
    for _ in range(outbox.MOST_WORKERS):
        swept.send(sender=None, now=later)
        DBTaskResult.objects.ready().get().claim("killed")

    swept.send(sender=None, now=later)

    assert DBTaskResult.objects.get().status == TaskResultStatus.RUNNING


def test_other_messages_and_finished_mails_are_left_alone() -> None:
    now = timezone.now()
    outbox.deliver.enqueue()
    done = DBTaskResult.objects.get()
    done.claim("worker")
    done.set_successful(outbox.SENT)
    tell_event.enqueue()
    DBTaskResult.objects.ready().get().claim("worker")

    assert outbox.recover(task_paths=receivers.MAILS, now=now + timedelta(hours=1)) == 0
