"""The world to try the review on."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from certification.models import Round
from connectors.choices import ConnectorStatus
from connectors.models import ConnectorStaged

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
    with pytest.raises(CommandError, match="there already"):
        call_command("reviewworld", stdout=out)


def test_nobody_makes_it_on_a_real_server(settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False

    with pytest.raises(CommandError, match="DEMO=on"):
        call_command("reviewworld")

    assert not ConnectorStaged.objects.exists()
