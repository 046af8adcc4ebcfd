"""The validation engine's settings in this installation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from accounts.models import Project
from accounts.projects import deploy_keys
from validator.results import EngineSettings
from validator.source import addresses


def settings_of_portal() -> EngineSettings:
    """Return the settings from environment variables; the limits are the engine's own."""
    return EngineSettings(
        checkout_dir=Path(settings.CHECKOUT_DIR),
        url_rewrites=dict(settings.GIT_URL_REWRITES),
        allowed_hosts=tuple(settings.GIT_HOSTS),
        run_seconds=float(settings.VALIDATION_SECONDS),
        osv_api_url=settings.OSV_API_URL,
        osv_folder=Path(settings.OSV_FOLDER) if settings.OSV_FOLDER else None,
        scanners=tuple(settings.SCANNERS),
        isolation=settings.ISOLATION,
        hidden=tuple(hidden()),
    )


def hidden() -> Iterator[Path]:
    """Yield what programs that read a repository never see: the portal's own data."""
    yield Path(settings.VAR_DIR)
    yield Path(settings.CHECKOUT_DIR)
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and (name := str(database["NAME"])).startswith("/"):
        yield from (Path(name + end) for end in ("", "-wal", "-shm", "-journal"))


def settings_for(project: Project, *, url: str) -> EngineSettings:
    """Return the settings for a repository of a Project, with its deploy key where it has one.

    Raises accounts.sealing.Broken when the key can no longer be decrypted.
    """
    try:
        address = addresses.parse(url, allowed_hosts=settings.GIT_HOSTS)
    except ValueError:
        # The fetch refuses the address itself, with a sentence for the developer.
        return settings_of_portal()
    key = deploy_keys.private_key_of(project, repository=f"{address.owner}/{address.name}")
    return replace(settings_of_portal(), ssh_key=key)
