"""The world to try the review on."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.dispatch import receiver
from django.utils import timezone

from certification.models import Round
from connectors.choices import ConnectorStatus
from connectors.models import ConnectorStaged, ValidationRun
from connectors.runs import runs
from connectors.signals import run_queued
from connectors.worker import finish
from devtools import sample_reviews

pytestmark = pytest.mark.django_db


def test_one_command_makes_submissions_in_all_states(tmp_path: Path, settings: Any) -> None:
    settings.DEMO, settings.CHECKOUT_DIR = True, tmp_path / "checkouts"
    out = StringIO()

    call_command("reviewworld", "--submissions", "60", "--folder", str(tmp_path / "world"), stdout=out)

    assert ConnectorStaged.objects.count() == 60
    assert set(ConnectorStaged.objects.values_list("status", flat=True)) == set(ConnectorStatus.values)
    opened = Round.objects.open()
    assert {"developer", "reviewer"} <= set(opened.values_list("turn", flat=True))
    assert {"first", "appeal"} <= set(opened.values_list("kind", flat=True))
    assert opened.filter(assignee=None).exists()
    assert Round.objects.filter(decision="certified").exists()
    assert "GIT_URL_REWRITES" in out.getvalue()
    assert settings.GIT_URL_REWRITES == {}
    with pytest.raises(CommandError, match="already exists"):
        call_command("reviewworld", stdout=out)


@pytest.mark.django_db(transaction=True)
def test_a_worker_beside_it_finds_nothing_to_do(tmp_path: Path, settings: Any) -> None:
    settings.DEMO, settings.CHECKOUT_DIR = True, tmp_path / "checkouts"
    taken: list[UUID] = []

    @receiver(run_queued)
    def work(**_: Any) -> None:
        while run_id := runs.next_in_turn(now=timezone.now()):
            lease = runs.claim(run_id, now=timezone.now(), lease_seconds=600)
            taken.append(run_id)
            finish.plan(ValidationRun.objects.get(pk=run_id), lease=lease)

    try:
        call_command("reviewworld", "--submissions", "16", "--folder", str(tmp_path / "world"), stdout=StringIO())
    finally:
        run_queued.disconnect(work)

    assert taken == []
    assert ConnectorStaged.objects.count() == 16


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["_draft", "_resubmit", "_certify"])
def test_a_world_that_was_interrupted_is_finished_by_the_next_try(
    step: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO, settings.CHECKOUT_DIR = True, tmp_path / "checkouts"
    options = ("--submissions", "12", "--folder", str(tmp_path / "world"))
    with monkeypatch.context() as broken:
        broken.setattr(sample_reviews.World, step, lambda *args, **options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            call_command("reviewworld", *options, stdout=StringIO())

    call_command("reviewworld", *options, stdout=StringIO())

    assert ConnectorStaged.objects.count() == 12
    assert Round.objects.filter(decision="certified").exists()
    assert not ValidationRun.objects.filter(state__in=ValidationRun.OPEN).exists()


def test_nobody_makes_it_on_a_real_server(settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False

    with pytest.raises(CommandError, match="DEMO=on"):
        call_command("reviewworld")

    assert not ConnectorStaged.objects.exists()
