"""`manage.py rebuild`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.drafts import rebuild


class Command(BaseCommand):
    """Writes documents, words, masks and tallies again where they do not say what the rows say."""

    help = "Compare what is kept for reading with the rows it was made from, and write what is wrong again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; fail when something is wrong")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        wrong = rebuild.mend(store=not check)
        found = f"{wrong.drafts} drafts, {wrong.connectors} Connectors and {wrong.tallies} tallies"
        if check and wrong.any:
            raise CommandError(f"Wrong: {found}. `manage.py rebuild` writes them again.")
        self.stdout.write(f"Written again: {found}." if wrong.any else "Every copy says what its rows say.")
