"""Check what a machine needs to read repositories: programs, and a way to isolate what foreign code may do."""

from __future__ import annotations

import shutil
from typing import Any

from django.conf import settings
from django.core import checks

from validator.isolation import choice

HINT = "The worker does not start without it."


@checks.register("connectors")
def check(app_configs: object, **options: Any) -> list[checks.CheckMessage]:
    """Return a warning for each missing program: a machine without a worker may not need it. Django defines the
    arguments."""
    found: list[checks.CheckMessage] = []
    if problem := problem_of_worker():
        found.append(checks.Warning(problem, hint=HINT, id="connectors.W001"))
    if shutil.which("ssh") is None:
        found.append(
            checks.Warning(
                "This machine has no ssh: repositories with a deploy key cannot be read.", id="connectors.W002"
            )
        )
    return found


@checks.register("connectors", deploy=True)
def check_isolation(app_configs: object, **options: Any) -> list[checks.CheckMessage]:
    """Return a warning when this machine isolates nothing. Django defines the arguments."""
    problem = problem_of_isolation()
    return [checks.Warning(problem, hint=choice.HELP, id="connectors.W003")] if problem else []


def isolation() -> choice.Isolation:
    """Return how this machine isolates programs that read repositories; the first call tries it."""
    return choice.chosen(settings.ISOLATION)


def problem_of_isolation() -> str:
    """Return what is missing where this machine isolates nothing; empty when it does."""
    found = isolation()
    if found.isolates:
        return ""
    return f"Programs that read repositories are not isolated, so scanners by command do not run: {found}."


def problem_of_worker() -> str:
    """Return why a worker cannot process runs on this machine; empty when it can."""
    if shutil.which("git") is None:
        return "This machine has no git, so no repository can be fetched. Install git and start the worker again."
    return ""
