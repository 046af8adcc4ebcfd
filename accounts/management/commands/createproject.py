"""`manage.py createproject KEY --region R [--name N]`"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import actors
from accounts.projects import projects
from accounts.projects.projects import InvalidProject


class Command(BaseCommand):
    """Create a Project."""

    help = "Create a Project, which owns drafts, API clients and members."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", help="2 to 36 letters, digits, hyphens and underscores.")
        parser.add_argument("--region", required=True, help=f"One of {', '.join(settings.REGIONS)}.")
        parser.add_argument("--name", default="", help="Display name (default: the key).")

    def handle(self, *args: Any, key: str, region: str, name: str, **options: Any) -> None:
        try:
            project = projects.create(key, region=region, name=name, by=actors.system("createproject"))
        except InvalidProject as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Project {project.key} created in {project.region}.")
