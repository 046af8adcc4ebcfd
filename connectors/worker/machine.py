"""Check the programs that a machine needs to read repositories."""

from __future__ import annotations

import shutil
from typing import Any

from django.core import checks

HINT = "The worker does not start without it, and the form cannot list a repository's tags."


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


def problem_of_worker() -> str:
    """Return why a worker cannot process runs on this machine; empty when it can."""
    if shutil.which("git") is None:
        return "This machine has no git, so no repository can be fetched. Install git and start the worker again."
    return ""
