"""`manage.py demo`"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from devtools.demo import world
from devtools.demo.world import World


class Command(BaseCommand):
    """Create the demo data once, and print how to sign in."""

    help = "Create the demo data once: people, a Project, an API client, connectors with their repositories."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo data needs a portal of its own: start it with `make run`, or set DEMO=on.")
        self.stdout.write("\n".join(lines(world.make(settings.VAR_DIR / "demo"))))


def lines(made: World) -> list[str]:
    """Return the credentials as a table for the terminal."""
    width = max(len(account["email"]) for account in made["accounts"])
    found = ["Sign in as"]
    found += [
        f"  {account['email']:<{width}}  {account['password']}  {account['role']}" for account in made["accounts"]
    ]
    client = made["client"]
    found += ["API client", f"  CLIENT_ID={client['client_id']}", f"  CLIENT_SECRET={client['client_secret']}"]
    return [*found, f"  scope {client['scope']}"]
