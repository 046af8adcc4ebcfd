"""Reviewing from the command line, through the same verbs as the pages."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from certification import claims, decisions
from certification.choices import FailReason
from connectors.errors import ConnectorError
from connectors.models import ConnectorStaged

COMMENT = "Decided on the command line."


class Command(BaseCommand):
    """`manage.py certification start|certify|fail ID-OR-KEY --by EMAIL [--message TEXT]`.

    `certify` is the reviewer's signature under every criterion: those without a verdict are passed in their name.
    """

    help = (
        "Start the certification of a connector, certify it or fail it, as a reviewer. With certify the reviewer "
        "passes every criterion that is not decided yet; one that failed, an open blocking finding or a check that "
        "did not run still refuses the certificate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=("start", "certify", "fail"))
        parser.add_argument("connector", metavar="ID-OR-KEY", help="The id or the key of the ConnectorStaged.")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="The reviewer who does it.")
        parser.add_argument("--message", default="", metavar="TEXT", help="A public comment for the developer.")
        parser.add_argument(
            "--reason", default=FailReason.OTHER, choices=FailReason.values, help="Why it fails; only with fail."
        )

    def handle(self, *, verb: str, connector: str, by: str, message: str, reason: str, **_: Any) -> None:
        reviewer = User.objects.filter(email=by.strip().lower()).first()
        if reviewer is None:
            raise CommandError(f"Nobody has the e-mail address {by}.")
        draft = _find(connector)
        try:
            match verb:
                case "start":
                    claims.start(draft.pk, by=reviewer)
                    if message:
                        decisions.comment(draft.pk, by=reviewer, message=message)
                case "certify":
                    decisions.certify(draft.pk, by=reviewer, message=message, rest=COMMENT)
                case _:
                    decisions.fail(
                        draft.pk, by=reviewer, reason=reason, message=message or "The certificate was refused."
                    )
        except ConnectorError as error:
            raise CommandError(error.message) from error
        draft = ConnectorStaged.objects.get(pk=draft.pk)
        self.stdout.write(f"{draft.label}: {draft.status}")


def _find(connector: str) -> ConnectorStaged:
    draft = None
    # The id comes first: anybody may choose another draft's id as a key.
    with suppress(ValueError):
        draft = ConnectorStaged.objects.filter(pk=UUID(connector)).first()
    draft = draft or ConnectorStaged.objects.filter(key=connector).first()
    if draft is None:
        raise CommandError(f"There is no connector with the id or key {connector}.")
    return draft
