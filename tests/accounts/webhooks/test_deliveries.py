"""Messages to webhooks: signed, tried again, replayed, logged."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from accounts import actors
from accounts.models import Delivery, Event, Webhook
from accounts.webhooks import deliveries, kinds, subscriptions
from accounts.webhooks.subscriptions import InvalidWebhook, Subscribed
from tests import factory
from tests.accounts.webhooks.conftest import Receiver

pytestmark = pytest.mark.django_db
BY = actors.system("test")
KIND = "connector.tested"


@pytest.fixture(autouse=True)
def known_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a type of the tests' own known."""
    monkeypatch.setattr(kinds, "_KNOWN", {KIND: "Tested", "connector.other": "Other"})


def subscribed(receiver: Receiver, *wanted: str, project: str = "acme") -> Subscribed:
    return subscriptions.create(factory.project(project), url=receiver.url, wanted=wanted, by=BY)


def queued(project: str = "acme", *, message_id: str = "msg_1", kind: str = KIND) -> list[Delivery]:
    return deliveries.queue(
        factory.project(project), kind=kind, data={"name": "Ünï"}, at=timezone.now(), message_id=message_id
    )


def test_a_message_arrives_signed_in_the_standard_format(receiver: Receiver) -> None:
    made = subscribed(receiver)
    (row,) = queued()

    assert deliveries.send(row.pk) == "Delivered"

    headers, body = receiver.got[0]
    assert Verifier(made.secret).verify(body, headers) == json.loads(body)
    assert headers["webhook-id"] == "msg_1"
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["type"] == KIND
    assert json.loads(body)["data"] == {"name": "Ünï"}
    row.refresh_from_db()
    assert (row.state, row.attempts.get().status_code) == ("delivered", 204)


def test_the_secret_is_not_stored_in_the_clear(receiver: Receiver) -> None:
    made = subscribed(receiver)

    assert made.secret not in str(Webhook.objects.values().get())
    assert made.secret not in str(list(Event.objects.values()))


def test_only_who_asked_for_a_type_gets_it(receiver: Receiver) -> None:
    subscribed(receiver, "connector.other")

    assert queued() == []
    assert len(queued(kind="connector.other")) == 1


def test_nobody_of_another_project_is_told(receiver: Receiver) -> None:
    subscribed(receiver, project="other")

    assert queued("acme") == []


def test_the_same_message_is_queued_once(receiver: Receiver) -> None:
    subscribed(receiver)

    assert len(queued()) == 1
    assert queued() == []


def test_a_failure_is_tried_again_with_growing_pauses_and_then_given_up(receiver: Receiver) -> None:
    made = subscribed(receiver)
    (row,) = queued()
    now, waits = timezone.now(), []

    for _ in range(len(deliveries.PAUSES) + 1):
        receiver.answer(500, b"broken")
        deliveries.send(row.pk, now=now)
        row.refresh_from_db()
        waits.append(row.not_before - now)
        now = max(now, row.not_before)

    made.webhook.refresh_from_db()
    assert row.state == "failed"
    assert waits[:-1] == sorted(waits[:-1])
    assert all(pause <= wait <= pause * 1.1 for pause, wait in zip(deliveries.PAUSES, waits, strict=False))
    assert [a.status_code for a in row.attempts.all()] == [500] * len(waits)
    assert made.webhook.disabled_because == "All deliveries failed for three days."


def test_a_webhook_that_works_again_is_not_disabled_for_one_lost_message(receiver: Receiver) -> None:
    made = subscribed(receiver)
    (lost,), (fine,) = queued(message_id="msg_1"), queued(message_id="msg_2")
    Delivery.objects.filter(pk=lost.pk).update(attempts_made=len(deliveries.PAUSES))
    deliveries.send(fine.pk)
    receiver.answer(500)

    deliveries.send(lost.pk)

    made.webhook.refresh_from_db()
    assert made.webhook.disabled_at is None


def test_it_is_not_sent_before_its_time(receiver: Receiver) -> None:
    subscribed(receiver)
    (row,) = queued()
    receiver.answer(503, Retry_After="3600")
    deliveries.send(row.pk)

    row.refresh_from_db()
    assert deliveries.send(row.pk) == "not due"
    assert row.not_before - timezone.now() > timedelta(minutes=59)
    assert len(receiver.got) == 1


def test_410_ends_it_for_good(receiver: Receiver) -> None:
    made = subscribed(receiver)
    first, second = queued(message_id="msg_1") + queued(message_id="msg_2")
    receiver.answer(410)

    deliveries.send(first.pk)
    deliveries.send(second.pk)

    made.webhook.refresh_from_db()
    assert made.webhook.disabled_at is not None
    assert len(receiver.got) == 1
    assert Event.objects.filter(name="webhook:disabled").exists()


def test_a_replay_has_the_same_id_and_body(receiver: Receiver) -> None:
    subscribed(receiver)
    (row,) = queued()
    deliveries.send(row.pk)

    again = deliveries.replay(row)
    deliveries.send(again.pk)

    (first, second) = receiver.got
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]
    assert again.pk != row.pk


def test_two_workers_send_one_delivery_once(receiver: Receiver) -> None:
    subscribed(receiver)
    (row,) = queued()
    now = timezone.now()

    assert deliveries._claim(row.pk, now=now)
    assert deliveries.send(row.pk, now=now) == "not due"


def test_what_a_killed_worker_left_is_sent_by_the_next(receiver: Receiver) -> None:
    subscribed(receiver)
    (row,) = queued()
    now = timezone.now()
    deliveries._claim(row.pk, now=now)
    later = now + deliveries.LEASE + timedelta(seconds=1)

    assert deliveries.recover(now=later) == 1
    assert deliveries.send(row.pk, now=later) == "Delivered"


def test_old_messages_leave_the_log(receiver: Receiver) -> None:
    subscribed(receiver)
    (row,) = queued()
    deliveries.send(row.pk)

    assert deliveries.prune(now=timezone.now()) == 0
    deliveries.prune(now=timezone.now() + deliveries.KEPT + timedelta(minutes=1))
    assert not Delivery.objects.exists()


def test_a_replaced_secret_signs_what_is_sent_from_then_on(receiver: Receiver) -> None:
    made = subscribed(receiver)
    (row,) = queued()
    fresh = subscriptions.rotate(made.webhook, by=BY)

    deliveries.send(row.pk)

    headers, body = receiver.got[0]
    Verifier(fresh.secret).verify(body, headers)
    with pytest.raises(Exception, match="No matching signature"):
        Verifier(made.secret).verify(body, headers)


@pytest.mark.parametrize(("url", "wanted"), [("https://10.0.0.1/", []), ("https://example.com/", ["nonsense"])])
def test_a_wrong_address_or_type_is_refused(url: str, wanted: list[str]) -> None:
    with pytest.raises(InvalidWebhook):
        subscriptions.create(factory.project(), url=url, wanted=wanted, by=BY)


def test_a_project_has_a_limit(settings: Any) -> None:
    for n in range(subscriptions.MOST):
        subscriptions.create(factory.project(), url=f"https://example.com/{n}", wanted=[], by=BY)

    with pytest.raises(InvalidWebhook):
        subscriptions.create(factory.project(), url="https://example.com/", wanted=[], by=BY)
