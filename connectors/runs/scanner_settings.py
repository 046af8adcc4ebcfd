"""Check the setting SCANNERS when a command of the portal starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from validator import steps
from validator.scanners import ScannersError


@checks.register("connectors")
def check_scanners(app_configs: object, **options: Any) -> list[checks.CheckMessage]:
    """Return an error for each problem of the configured scanners. Django defines the arguments."""
    try:
        steps.scanners_of(settings.SCANNERS)
    except ScannersError as error:
        return [checks.Error(problem, hint="See SCANNERS.", id="connectors.E001") for problem in error.problems]
    return []
