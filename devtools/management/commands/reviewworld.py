"""Sample data for practicing reviews."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from devtools import sample_reviews


class Command(BaseCommand):
    """`manage.py reviewworld [--submissions 300]`."""

    help = (
        "Create submissions in all states, with their own reviewers and Projects, to practice or measure reviews. "
        "Only for a demo or development: it refuses to run anywhere else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--submissions", type=int, default=300, metavar="N", help="Default: 300.")
        parser.add_argument("--folder", type=Path, help="The folder for the repositories (default: below VAR_DIR).")

    def handle(self, *, submissions: int, folder: Path | None, **_: Any) -> None:
        if not (settings.DEBUG or settings.DEMO):
            raise CommandError("This creates fake connectors and people. Set DEMO=on or DEBUG=on if you want that.")
        if not 1 <= submissions <= 5000:
            raise CommandError("Ask for 1 to 5000 submissions.")
        if sample_reviews.exists():
            raise CommandError("The sample data already exists.")
        place = folder or settings.VAR_DIR / "review-world"
        counts = sample_reviews.World(place).make(submissions, told=self.stdout.write)
        for state, number in counts.items():
            self.stdout.write(f"{number:5} {state}")
        self.stdout.write("Reviewers without passwords: robin, sasha, toni, uma, lou (lead) @review-world.example")
        self.stdout.write(f"To check and certify more of them, start with GIT_URL_REWRITES='{_rewrites(place)}'")


def _rewrites(place: Path) -> str:
    return json.dumps(sample_reviews.rewrites(place))
