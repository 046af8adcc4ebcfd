"""`manage.py rebuild`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.drafts import rebuild


class Command(BaseCommand):
    """Rebuilds documents, search words, masks and tallies that differ from their rows."""

    help = "Compare derived data with its source rows, and repair differences."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; fail if there are differences")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        wrong = rebuild.mend(store=not check)
        found = f"{wrong.drafts} drafts, {wrong.connectors} Connectors and {wrong.tallies} tallies"
        if check and wrong.any:
            raise CommandError(f"Wrong: {found}. Run `manage.py rebuild` to repair them.")
        self.stdout.write(f"Repaired: {found}." if wrong.any else "All derived data matches its rows.")
