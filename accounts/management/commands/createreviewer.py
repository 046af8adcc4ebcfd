"""`manage.py createreviewer EMAIL [--role R] [--name N]`, the password on standard input"""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import actors, people
from accounts.people import InvalidPerson
from accounts.roles import Role


class Command(BaseCommand):
    """Create a reviewer."""

    help = "Create a reviewer. The password is the first line of standard input; a terminal prompts for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", choices=Role.values, default=Role.REVIEWER.value)
        parser.add_argument("--name", default="", help="Display name.")

    def handle(self, *args: Any, email: str, role: str, name: str, **options: Any) -> None:
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        try:
            user = people.create(
                email, password=password, name=name, role=Role(role), by=actors.system("createreviewer")
            )
        except InvalidPerson as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.email} now has the role {Role(role).label.lower()}.")
