"""`manage.py createapiclient --project KEY [--scope S ...] [--name N]`"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import actors
from accounts.models import Project
from accounts.naming import InvalidName
from accounts.projects import clients
from accounts.projects.clients import UnknownScope


class Command(BaseCommand):
    """Create an API client and print its credentials, which cannot be shown again."""

    help = "Create an API client for a Project, and print client_id, client_secret and scope as one JSON object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="KEY")
        parser.add_argument(
            "--scope",
            action="extend",
            nargs="+",
            default=[],
            metavar="S",
            help="manage_project (default), manage_connectors or view_connectors, with or without :KEY.",
        )
        parser.add_argument("--name", default="", help="Display name.")

    def handle(self, *args: Any, project: str, scope: list[str], name: str, **options: Any) -> None:
        owner = Project.objects.filter(key=project).first()
        if owner is None:
            raise CommandError(f"There is no Project with the key {project}.")
        asked = [word for text in scope for word in text.split()]
        try:
            made = clients.create(owner, by=actors.system("createapiclient"), scopes=asked, name=name)
        except (UnknownScope, InvalidName) as error:
            raise CommandError(str(error)) from error
        row = {"client_id": made.client_id, "client_secret": made.client_secret, "scope": " ".join(made.scopes)}
        self.stdout.write(json.dumps(row))
