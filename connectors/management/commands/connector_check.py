"""Check a connector, like `bin/connector-check`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from validator import cli


class Command(BaseCommand):
    """Pass on all arguments: the command has its own options, help and exit codes."""

    help = "Check a connector: a folder, a tag of a repository, or only a connect.yaml."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Run with the arguments after the command's name, so that its options are not parsed as Django's."""
        sys.exit(cli.main(argv[2:]))

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept the arguments, for `call_command`."""
        parser.add_argument("words", nargs="*")

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        """Run, and exit with the command's exit code."""
        sys.exit(cli.main(words))
