"""The setting SCANNERS at the start of a command."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError


def test_wrong_scanners_stop_every_command_with_all_their_problems(settings: Any) -> None:
    settings.SCANNERS = [{"name": "secrets", "argv": ["scan", "{source}", "{output}"]}, {"name": "own", "timeout": 0}]

    with pytest.raises(SystemCheckError) as caught:
        call_command("check")

    assert str(caught.value).count("connectors.E001") == 3


def test_scanners_in_order_are_let_through(settings: Any) -> None:
    settings.SCANNERS = [{"name": "image", "argv": ["scan", "{source}", "{output}"]}]

    call_command("check")
