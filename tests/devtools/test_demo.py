from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_demo_tells_how_to_enter(settings: Any, tmp_path: Path) -> None:
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    out = StringIO()

    call_command("demo", stdout=out)

    assert "owner@demo.example" in out.getvalue()
    assert "CLIENT_SECRET=" in out.getvalue()


def test_a_portal_that_is_no_demo_refuses(settings: Any, tmp_path: Path) -> None:
    settings.DEMO, settings.VAR_DIR = False, tmp_path

    with pytest.raises(CommandError, match="DEMO=on"):
        call_command("demo")

    assert not User.objects.exists()
