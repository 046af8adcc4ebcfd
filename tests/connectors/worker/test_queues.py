"""Which process of a worker takes what: no queue waits for another one's hosts."""

from __future__ import annotations

import pytest
from django.conf import settings
from django_tasks_db.models import DBTaskResult

from accounts.mail import account_mails
from certification.comparison import tag_fetches
from connectors.fetches import repository_previews
from connectors.worker import process, queues
from connectors.worker.tasks import run_validation

pytestmark = pytest.mark.django_db(transaction=True)

NOTICE = ("mfa/email/totp_activated", "a@example.com", {"account": "a@example.com"}, [])
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def one_of_each() -> None:
    """A message in each queue, the slowest first."""
    run_validation.enqueue(NOBODY)
    tag_fetches.look.enqueue(0)
    repository_previews.preview.enqueue(0)
    account_mails.send_notice.enqueue(*NOTICE)


def taken(lane: queues.Lane) -> list[str]:
    """Return the queues of the messages that a process takes, in its order."""
    order = []
    while process.take_message(lane):
        order.append(DBTaskResult.objects.exclude(finished_at=None).latest("finished_at").queue_name)
    return order


@pytest.mark.parametrize("lane", [queues.GENERAL, queues.ALL, *set(queues.RESERVED)])
def test_a_process_takes_its_queues_in_their_order_and_no_other(one_of_each: None, lane: queues.Lane) -> None:
    assert tuple(taken(lane)) == lane

    left = {row.queue_name for row in DBTaskResult.objects.ready()}
    assert left == set(queues.ALL) - set(lane)


def test_every_queue_has_a_process() -> None:
    served = {*queues.GENERAL}.union(*queues.RESERVED)

    assert served == set(queues.ALL) == set(settings.TASKS["default"]["QUEUES"])
