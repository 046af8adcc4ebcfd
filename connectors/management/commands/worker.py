"""`manage.py worker`"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.worker import machine, supervisor

MOST_PROCESSES = 64


class Command(BaseCommand):
    """Start the worker in the foreground."""

    help = (
        "Run validations and other background tasks until stopped by Ctrl-C or SIGTERM. It can be killed and started "
        "again at any time; several can run, on any number of machines, with the same database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--processes", type=int, default=1, help="How many validations may run in parallel (default: 1)."
        )

    def handle(self, *args: Any, processes: int, **options: Any) -> None:
        if not 1 <= processes <= MOST_PROCESSES:
            raise CommandError(f"--processes must be 1 to {MOST_PROCESSES}.")
        if problem := machine.problem_of_worker():
            raise CommandError(problem)
        supervisor.supervise(processes)
