"""Looking at repositories on demand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks

from certification.comparison import tag_fetches
from certification.errors import ReviewError
from certification.models import Look
from connectors.fetches import fetching
from connectors.models import ConnectorStaged
from connectors.runs import snapshots
from tests.certification.world import FILES, World
from validator.source import git

pytestmark = pytest.mark.django_db

State = Look.State


@pytest.fixture
def draft(world: World) -> ConnectorStaged:
    return world.submitted()


def messages() -> int:
    return DBTaskResult.objects.filter(task_path=tag_fetches.look.module_path).count()


def test_the_files_of_a_tag_are_kept(world: World, draft: ConnectorStaged) -> None:
    commit = world.tag("0.9.0", {"old.js": "1\n"})

    assert tag_fetches.work(tag_fetches.ask(draft, tag="0.9.0", by="Rita").pk) == "done"

    row = Look.objects.get(tag="0.9.0")
    assert (row.commit, row.asked_by, row.problem) == (commit, "Rita", "")
    assert set(snapshots.files(row.tree) or ()) == {*FILES, "old.js"}


def test_the_tags_are_listed_the_newest_version_first(world: World, draft: ConnectorStaged) -> None:
    newest = world.tag("1.10.0")

    tag_fetches.work(tag_fetches.ask(draft, by="Rita").pk)

    listed = tag_fetches.get(draft)
    assert listed is not None
    assert [name for name, _ in listed.tags] == ["1.10.0", "1.0.0"]
    assert listed.tags[0] == ["1.10.0", newest]


def test_a_review_lists_the_tags_beforehand(world: World, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        draft = world.submitted()

    found = tag_fetches.get(draft)
    assert found is not None
    assert (found.state, found.asked_by) == (State.QUEUED, "connect-certification")
    assert messages() == 1


def test_what_is_under_way_is_not_asked_for_twice(
    draft: ConnectorStaged, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before = messages()
    with django_capture_on_commit_callbacks(execute=True):
        first = tag_fetches.ask(draft, tag="1.0.0", by="Rita")
        again = tag_fetches.ask(draft, tag="1.0.0", by="Sam")

    assert first.pk == again.pk
    assert again.asked_by == "Rita"
    assert messages() - before == 1


def test_a_tag_that_is_not_there_fails_with_a_sentence_and_can_be_tried_again(
    world: World, draft: ConnectorStaged
) -> None:
    row = tag_fetches.ask(draft, tag="9.9.9", by="Rita")

    assert tag_fetches.work(row.pk) == "failed"

    row.refresh_from_db()
    assert "9.9.9" in row.problem
    world.tag("9.9.9")
    assert tag_fetches.ask(draft, tag="9.9.9", by="Rita").state == State.QUEUED
    assert tag_fetches.work(row.pk) == "done"


@pytest.mark.parametrize("tag", ["--upload-pack=x", "a b", "a..b", "x" * 300])
def test_what_can_be_no_tag_is_refused_before_anybody_works(draft: ConnectorStaged, tag: str) -> None:
    with pytest.raises(ReviewError):
        tag_fetches.ask(draft, tag=tag, by="Rita")

    assert not Look.objects.exclude(tag="").exists()


def test_a_look_is_done_once(draft: ConnectorStaged) -> None:
    row = tag_fetches.ask(draft, tag="1.0.0", by="Rita")

    assert [tag_fetches.work(row.pk), tag_fetches.work(row.pk)] == ["done", "nothing to do"]


def test_a_worker_that_comes_too_late_stores_nothing(draft: ConnectorStaged, monkeypatch: pytest.MonkeyPatch) -> None:
    row = tag_fetches.ask(draft, tag="1.0.0", by="Rita")
    real = snapshots.keep

    def slow(tree: Any) -> Any:
        # Meanwhile the claim ran out, and another worker took the look.
        Look.objects.update(since=timezone.now() + timedelta(seconds=5))
        return real(tree)

    monkeypatch.setattr(snapshots, "keep", slow)

    assert tag_fetches.work(row.pk) == "lost"

    row.refresh_from_db()
    assert (row.state, row.tree) == (State.RUNNING, "")


def test_the_sweep_brings_back_what_got_lost_and_ends_what_always_breaks(draft: ConnectorStaged) -> None:
    now = timezone.now()
    old = now - tag_fetches.CLAIM - timedelta(seconds=1)
    Look.objects.all().delete()
    url = draft.repository_url
    waiting = Look.objects.create(draft=draft, url=url, tag="1", since=old)
    dead = Look.objects.create(draft=draft, url=url, tag="2", since=old, state=State.RUNNING, attempts=1)
    broken = Look.objects.create(draft=draft, url=url, tag="3", since=old, state=State.RUNNING, attempts=3)
    young = Look.objects.create(draft=draft, url=url, tag="4", since=now, state=State.RUNNING, attempts=1)
    before = messages()

    assert tag_fetches.recover(now=now) == 3

    states = {row.tag: row.state for row in Look.objects.all()}
    assert states == {"1": State.QUEUED, "2": State.QUEUED, "3": State.FAILED, "4": State.RUNNING}
    assert messages() - before == 2
    assert tag_fetches.recover(now=now) == 0
    assert {waiting.pk, dead.pk, broken.pk, young.pk} == set(Look.objects.values_list("pk", flat=True))


def test_a_fault_of_ours_is_told_as_one(draft: ConnectorStaged, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(git, "list_tags", breaks)
    row = tag_fetches.ask(draft, by="Rita")

    assert tag_fetches.work(row.pk) == "failed"

    row.refresh_from_db()
    assert row.problem == fetching.OURS
