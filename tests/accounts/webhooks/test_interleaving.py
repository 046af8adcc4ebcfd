"""A webhook is removed while something happens to it, at every place where the two can meet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts import actors
from accounts.models import Webhook
from accounts.webhooks import deliveries, kinds, subscriptions
from tests import factory
from tests.interleaving import at_every_place

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time."),
]

BY = actors.system("test")
NOWHERE = "https://127.0.0.1:9/hooks"


def sending(row: Webhook) -> Callable[[], object]:
    delivery = deliveries.ping(row)
    return lambda: deliveries.send(delivery.pk)


VERBS: dict[str, Callable[[Webhook], Callable[[], object]]] = {
    "queue": lambda row: (
        lambda: deliveries.queue(row.project, kind=kinds.PING, data={}, at=timezone.now(), message_id="msg_1")
    ),
    "send": sending,
    "ping": lambda row: lambda: deliveries.ping(row),
    "disable": lambda row: lambda: subscriptions.disable(row, by=BY),
    "remove": lambda row: lambda: subscriptions.remove(row, by=BY),
}


@pytest.mark.parametrize("name", VERBS)
def test_a_webhook_is_removed_while_something_happens_to_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "_checked", lambda url, wanted: (url, []))

    def make() -> tuple[Callable[[], object], Callable[[], object]]:
        Webhook.objects.all().delete()
        row = subscriptions.create(factory.project(), url=NOWHERE, wanted=(), by=BY).webhook
        return VERBS[name](row), VERBS["remove"](row)

    def turned() -> tuple[Callable[[], object], Callable[[], object]]:
        verb, remove = make()
        return remove, verb

    errors = [e for way in (make, turned) for ended in at_every_place(way) for e in (ended.first, ended.second) if e]

    assert [error for error in errors if not isinstance(error, subscriptions.Removed)] == []
