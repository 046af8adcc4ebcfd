"""A machine without git does no run: it says so at the start, and leaves the runs to others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks import run_checks
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from accounts.mail import account_mails
from connectors.runs import engine
from connectors.runs.runs import State
from connectors.worker import machine, process
from tests import factory
from tests.root import ROOT


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Find no program in the path."""
    monkeypatch.setenv("PATH", str(tmp_path))


def test_the_check_warns_of_what_is_missing(bare: None) -> None:
    assert {warning.id for warning in run_checks(tags=["connectors"])} == {"connectors.W001", "connectors.W002"}


@pytest.mark.security
def test_the_check_before_a_deployment_warns_of_a_machine_that_isolates_nothing(settings: Settings) -> None:
    settings.ISOLATION = "none"

    warnings = run_checks(tags=["connectors"], include_deployment_checks=True)

    assert [warning.id for warning in warnings] == ["connectors.W003"]
    assert "do not run" in warnings[0].msg


@pytest.mark.security
def test_a_scanner_sees_nothing_of_the_portals_data(monkeypatch: pytest.MonkeyPatch) -> None:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": Path("/srv/db.sqlite3")}
    places = SimpleNamespace(VAR_DIR=Path("/srv/var"), CHECKOUT_DIR=Path("/srv/runs"), DATABASES={"default": database})
    monkeypatch.setattr(engine, "settings", places)

    hidden = set(map(str, engine.hidden()))

    assert hidden >= {"/srv/var", "/srv/runs", "/srv/db.sqlite3", "/srv/db.sqlite3-wal"}


def test_the_worker_does_not_start_and_says_why(tmp_path: Path) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env={**environment, "VAR_DIR": str(tmp_path / "var"), "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "This machine has no git, so no repository can be fetched. Install git and start the worker again."
    )


@pytest.mark.django_db(transaction=True)
def test_runs_wait_for_another_machine_when_git_goes_away_and_mails_do_not(bare: None) -> None:
    row = factory.publish(factory.draft(), certification=False)
    account_mails.send_notice.enqueue("mfa/email/totp_activated", "a@example.com", {"account": "a@example.com"}, [])

    while process.take_message():
        pass

    row.refresh_from_db()
    assert machine.problem_of_worker()
    assert row.status == "Processing"
    assert factory.last_run(row).state == State.QUEUED
    waiting = [task.task_path.rpartition(".")[2] for task in DBTaskResult.objects.ready()]
    assert set(waiting) == {"run_validation"}
