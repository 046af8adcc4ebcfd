"""Messages that waited while their task moved to another module."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.mail import account_mails, outbox
from accounts.signals import swept
from connectors.worker import process

MOVED = {
    "accounts.invitations.deliver": "accounts.mail.invitation_mail.deliver",
    "accounts.letters.send_notice": "accounts.mail.account_mails.send_notice",
    "accounts.outbox.deliver": "accounts.mail.outbox.deliver",
    "certification.looks.look": "certification.comparison.tag_fetches.look",
    "certification.notifications.commit_status.post_status": (
        "certification.notifications.channels.commit_status.post_status"
    ),
    "certification.notifications.mail.send_one": "certification.notifications.channels.mail.send_one",
    "connectors.validation.tasks.run_validation": "connectors.worker.tasks.run_validation",
}
STAYED = {
    "accounts.webhooks.deliveries.deliver",
    "certification.notifications.telling.tell_event",
    "certification.rounds.tag_target.look_up",
    "connectors.fetches.repository_previews.preview",
}
BEFORE = {"accounts": "0005", "certification": "0011", "connectors": "0009"}
NOTICE = ["mfa/email/totp_activated", "a@example.com", {"account": "a@example.com"}, []]


def message(path: str, *args: Any, status: str = TaskResultStatus.READY) -> DBTaskResult:
    """Store a message as an older version did."""
    now = timezone.now()
    row: DBTaskResult = DBTaskResult.objects.create(
        task_path=path,
        args_kwargs={"args": list(args), "kwargs": {}},
        queue_name="default",
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        run_after=now,
        status=status,
        started_at=now if status == TaskResultStatus.RUNNING else None,
    )
    return row


def paths() -> list[str]:
    return sorted(DBTaskResult.objects.values_list("task_path", flat=True))


def migrate(to: dict[str, str]) -> None:
    for app, name in to.items():
        call_command("migrate", app, name, verbosity=0)


@pytest.fixture
def earlier(transactional_db: None) -> Iterator[None]:
    """Go back before the tasks moved, and in any case forth again."""
    migrate(BEFORE)
    yield
    call_command("migrate", verbosity=0)


def test_messages_follow_their_tasks_back_and_forth(earlier: None) -> None:
    for path in (*MOVED, *STAYED, "somebody.elses.task"):
        message(path)
    before = paths()

    call_command("migrate", verbosity=0)
    after = paths()
    migrate(BEFORE)

    assert after == sorted([*MOVED.values(), *STAYED, "somebody.elses.task"])
    assert paths() == before


def test_mails_that_waited_are_sent(earlier: None) -> None:
    message("accounts.letters.send_notice", *NOTICE)
    message("accounts.letters.send_notice", *NOTICE, status=TaskResultStatus.RUNNING)

    call_command("migrate", verbosity=0)
    swept.send(sender=None, now=timezone.now() + 2 * outbox.CLAIM)
    while process.take_message():
        pass

    assert len(mail.outbox) == 2
    assert {row.status for row in DBTaskResult.objects.all()} == {TaskResultStatus.SUCCESSFUL}


@pytest.mark.django_db(transaction=True)
def test_a_message_without_a_task_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    gone = message("accounts.letters.send_notice", *NOTICE)
    account_mails.send_notice.enqueue(*NOTICE)

    while process.take_message():
        pass

    gone.refresh_from_db()
    assert (gone.status, len(mail.outbox)) == (TaskResultStatus.FAILED, 1)
    assert str(gone.pk) in caplog.text


def tasks() -> Iterator[str]:
    for floor in ("accounts", "certification", "connectors", "web"):
        for found in pkgutil.walk_packages(import_module(floor).__path__, f"{floor}."):
            if ".migrations" not in found.name and ".commands" not in found.name:
                yield from (
                    value.module_path for value in vars(import_module(found.name)).values() if isinstance(value, Task)
                )


def test_every_task_is_where_messages_look_for_it() -> None:
    """To move a task, add a migration with `task_paths.moved`, and its paths to the table above."""
    assert {*tasks()} == {*MOVED.values(), *STAYED}
