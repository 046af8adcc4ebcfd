"""The validation engine's settings as this installation has them."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from connectors.validation.results import EngineSettings


def settings_of_portal() -> EngineSettings:
    """Return what the operator decided by environment variables; the limits are the engine's own."""
    return EngineSettings(
        checkout_dir=Path(settings.CHECKOUT_DIR),
        url_rewrites=dict(settings.GIT_URL_REWRITES),
        allowed_hosts=tuple(settings.GIT_HOSTS),
        run_seconds=float(settings.VALIDATION_SECONDS),
        osv_api_url=settings.OSV_API_URL,
        osv_folder=Path(settings.OSV_FOLDER) if settings.OSV_FOLDER else None,
        scanners=tuple(settings.SCANNERS),
    )
