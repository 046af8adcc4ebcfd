"""What machines ask."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache.backends.base import BaseCache
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config import health
from connectors.choices import ConnectorStatus
from connectors.models import ValidationRun
from connectors.runs import runs
from tests import factory

TOKEN = "only-for-the-monitor"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "head"])
def test_alive_needs_no_database_host_name_or_https(client: Client, settings: Settings, method: str) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = getattr(client, method)("/healthz", headers={"Host": "10.0.0.7:8000"})

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer["X-Correlation-ID"]


@pytest.mark.django_db
def test_ready_when_the_database_answers_and_is_up_to_date(client: Client) -> None:
    answer = client.get("/readyz", headers={"Host": "10.0.0.7:8000"})

    assert (answer.status_code, answer.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_not_ready_before_the_migrations(client: Client) -> None:
    (_, newest), *_ = MigrationLoader(connection).graph.leaf_nodes("connectors")
    MigrationRecorder(connection).record_unapplied("connectors", newest)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert b"manage.py migrate" in answer.content


class NoCache(BaseCache):
    """A cache that does not answer."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        raise ConnectionError("10.0.0.8:6379 refused the connection")


@pytest.mark.django_db
def test_not_ready_without_the_cache(client: Client, settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "tests.config.test_health.NoCache"}}

    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (503, b"the cache does not answer\n")


@pytest.mark.django_db
def test_not_ready_without_the_static_files(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    manifest = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": manifest}

    missing = client.get("/readyz")
    (tmp_path / "staticfiles.json").write_text('{"version": "1.1", "paths": {"a.css": "a.1.css"}, "hash": ""}')
    settings.STORAGES = dict(settings.STORAGES)
    collected = client.get("/readyz")

    assert (missing.status_code, collected.status_code) == (503, 200)
    assert b"run manage.py collectstatic" in missing.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_database_that_is_away_is_said_and_no_more(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    settings.METRICS_TOKEN = TOKEN

    def away(*_: object) -> None:
        raise OperationalError("connection to server at 10.0.0.9 failed")

    monkeypatch.setattr(health, "MigrationExecutor", away)
    monkeypatch.setattr(health.metrics, "exposition", away)
    answer = client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})

    assert (answer.status_code, answer.content) == (503, b"the database does not answer\n")


@pytest.mark.security
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [
        ("", "", 404),
        ("", "Bearer ", 404),
        (TOKEN, "", 401),
        (TOKEN, "Bearer other", 401),
        (TOKEN, f"Basic {TOKEN}", 401),
    ],
)
def test_numbers_are_for_the_token_only(client: Client, settings: Settings, token: str, sent: str, status: int) -> None:
    settings.METRICS_TOKEN = token

    answer = client.get("/metrics", headers={"Authorization": sent} if sent else {})

    assert answer.status_code == status
    assert b"portal_" not in answer.content


@pytest.mark.django_db
def test_numbers_tell_whether_the_workers_keep_up(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    now = timezone.now()
    factory.draft()
    row = factory.at(ConnectorStatus.PROCESSING)
    ValidationRun.objects.exclude(draft=row).delete()
    waiting = ValidationRun.objects.create(
        draft=row, kind=ValidationRun.Kind.PREVIEW, url="u", tag="t", queued_at=now, not_before=now - timedelta(hours=1)
    )
    gone = row.runs.get(kind=ValidationRun.Kind.PUBLISH)
    assert runs.claim(gone.pk, now=timezone.now(), lease_seconds=-1)

    lines = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode().splitlines()
    found = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    assert waiting.state == ValidationRun.State.QUEUED
    assert found['portal_drafts{status="Processing"}'] == "1.0"
    assert found['portal_drafts{status="Draft"}'] == "1.0"
    assert found['portal_drafts{status="Failed"}'] == "0.0"
    assert 3600 <= float(found["portal_oldest_run_seconds"]) < 7200
    assert found["portal_runs_without_worker"] == "1.0"
    assert found['portal_mails{state="failed"}'] == "0.0"
