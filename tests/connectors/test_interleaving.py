"""Verbs that touch a draft and its runs, two at a time, at every place where one can come between the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import Http404, QueryDict
from django.utils import timezone

from connectors.drafts import update
from connectors.drafts.update import Lookup
from connectors.errors import ConnectorError
from connectors.models import CheckResult, ConnectorStaged, ScannerDelivery, Unfinished, ValidationRun
from connectors.runs import runs
from connectors.runs.runs import Kind
from connectors.runs.scanner_deliveries import Deliveries
from connectors.worker import finish, recovery
from connectors.worker.finish import LeaseLost
from tests import factory
from tests.connectors.worker.test_finish import LEAKED, PASSED, claimed, report
from tests.interleaving import at_every_place
from validator.findings import DidNotRun
from validator.process import StoppedError
from web.developers import autosave
from web.developers.autosave import TypedForm

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time."),
]

Verb = Callable[[ConnectorStaged], Callable[[], object]]

EXPECTED = (ConnectorError, Http404, LeaseLost, StoppedError, DidNotRun)
"""How a verb that came second may end: it refuses what is no longer possible, or a worker lets the run go."""


def delete(row: ConnectorStaged) -> Callable[[], object]:
    return lambda: update.delete(Lookup(id=row.pk), by=factory.developer())


def act(*actions: dict[str, Any]) -> Verb:
    def verb(row: ConnectorStaged) -> Callable[[], object]:
        version = ConnectorStaged.objects.get(pk=row.pk).version
        by = factory.developer()
        return lambda: update.apply(Lookup(id=row.pk), version=version, requested=actions, by=by)

    return verb


def start(row: ConnectorStaged) -> Callable[[], object]:
    """Do what a worker does before the engine begins."""
    run = factory.last_run(row, Kind.PREVIEW)

    def step() -> None:
        lease = runs.claim(run.pk, now=timezone.now(), lease_seconds=60)
        if lease:
            finish.plan(run, lease=lease)

    return step


def finished(row: ConnectorStaged) -> Callable[[], object]:
    run, lease = claimed(row, Kind.PREVIEW)
    return lambda: finish.store(run, report(*PASSED[:2], LEAKED), lease=lease, now=timezone.now())


def give_up(row: ConnectorStaged) -> Callable[[], object]:
    run, lease = claimed(row, Kind.PREVIEW)
    return lambda: finish.give_up(run, lease=lease, now=timezone.now())


def give_back(row: ConnectorStaged) -> Callable[[], object]:
    run, lease = claimed(row, Kind.PREVIEW)
    return lambda: runs.give_back(run.pk, lease=lease, now=timezone.now(), counts=True)


def recover(row: ConnectorStaged) -> Callable[[], object]:
    """Sweep after the worker of one run is gone and another run has no attempt left."""
    claimed(row, Kind.PREVIEW)
    exhausted, _ = claimed(row, Kind.CONFIGURATION)
    ValidationRun.objects.filter(pk=exhausted.pk).update(attempt=99)
    return lambda: recovery.recover(timezone.now() + timedelta(hours=1))


def ask_scanner(row: ConnectorStaged) -> Callable[[], object]:
    run, _ = claimed(row, Kind.PREVIEW)
    nobody = "http://127.0.0.1:9/"
    return lambda: Deliveries(run.pk).ask(
        "lint", webhook=nobody, url=run.url, tag=run.tag, commit=factory.COMMIT, seconds=5, stop=lambda: False
    )


def type_on(row: ConnectorStaged) -> Callable[[], object]:
    """Do what the form of a draft does while somebody types."""
    user = factory.owner()
    return lambda: autosave.keep(user, draft=row, typed=TypedForm(QueryDict("name=Payments")))


publish = act({"action": "publish", "certification": True})
preview = act({"action": "updatePreviewable"})
set_repository = act({"action": "setRepository", "tag": "2.0.0"})

VERBS = {
    "start": start,
    "finish": finished,
    "give up": give_up,
    "give back": give_back,
    "recover": recover,
    "ask scanner": ask_scanner,
    "type on": type_on,
    "publish": publish,
    "set repository": set_repository,
    "delete": delete,
}


def both(one: Verb, other: Verb, *, previewed: bool = True) -> list[str]:
    """Return what went wrong when `other` came between `one`, at any place."""

    def make() -> tuple[Callable[[], object], Callable[[], object]]:
        for model in (Unfinished, ScannerDelivery, CheckResult, ValidationRun, ConnectorStaged):
            model.objects.all().delete()
        row = factory.draft()
        if previewed:
            factory.act(row, {"action": "updatePreviewable"})
        return one(row), other(row)

    return [
        f"{who} at place {ended.place}: {error!r}"
        for ended in at_every_place(make)
        for who, error in (("first", ended.first), ("second", ended.second))
        if error is not None and not isinstance(error, EXPECTED)
    ]


@pytest.mark.parametrize("name", VERBS)
def test_a_draft_is_deleted_while_something_happens_to_it(name: str) -> None:
    assert both(VERBS[name], delete) == []


@pytest.mark.parametrize("name", VERBS)
def test_something_happens_to_a_draft_while_it_is_deleted(name: str) -> None:
    assert both(delete, VERBS[name]) == []


def test_a_preview_is_asked_for_while_the_draft_is_deleted() -> None:
    assert both(delete, preview, previewed=False) == both(preview, delete, previewed=False) == []


@pytest.mark.parametrize("name", ["start", "finish", "give up", "give back", "recover", "ask scanner"])
def test_a_run_is_dropped_for_another_while_something_happens_to_it(name: str) -> None:
    assert both(VERBS[name], set_repository) == both(set_repository, VERBS[name]) == []
