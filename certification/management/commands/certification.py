"""Review on the command line, by the same verbs as the pages."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.requests.fields import identifier
from certification.choices import FailReason
from certification.decisions import certificate, failure
from certification.desk import claims
from certification.errors import Obstructed
from certification.evidence import criteria, machine_evidence
from certification.rounds import conversation, rounds
from certification.verdicts import verdict_file, verdicts
from connectors.errors import ConnectorError
from connectors.models import ConnectorStaged

LARGEST_FILE = 1_000_000
"""The largest file of verdicts, in bytes."""
ONLY = {"criterion": "verdict", "value": "verdict", "verdicts": "certify"}
"""Options with the verb that they belong to."""


class Command(BaseCommand):
    """`manage.py certification start|verdict|certify|fail ID-OR-KEY --by EMAIL [--message TEXT]`.

    `verdict` decides one criterion. `certify` certifies when every required criterion is decided, and lists the
    undecided ones otherwise; `--verdicts FILE` first gives those in a file (certification.verdicts.verdict_file).
    """

    help = (
        "Start the certification of a connector, decide a criterion, certify or fail, as a reviewer. certify passes "
        "no criterion by itself: without a verdict on each required one it lists what is undecided and changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=("start", "verdict", "certify", "fail"))
        parser.add_argument("connector", metavar="ID-OR-KEY", help="The id or the key of the ConnectorStaged.")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="The reviewer who does it.")
        parser.add_argument(
            "--message",
            default="",
            metavar="TEXT",
            help="A public comment for the developer; with verdict the reason for it.",
        )
        parser.add_argument("--criterion", default="", metavar="KEY", help="The criterion; only with verdict.")
        parser.add_argument("--value", default="", choices=verdict_file.VALUES, help="The verdict; only with verdict.")
        parser.add_argument(
            "--verdicts",
            metavar="FILE",
            help="A JSON file of verdicts to give first, kept even when certify is then refused; only with certify.",
        )
        parser.add_argument(
            "--reason", default=FailReason.OTHER, choices=FailReason.values, help="Why it fails; only with fail."
        )

    def handle(self, *, verb: str, connector: str, by: str, message: str, reason: str, **options: Any) -> None:
        reviewer = User.objects.filter(email=by.strip().lower()).first()
        if reviewer is None:
            raise CommandError(f"Nobody has the e-mail address {by}.")
        for name, owner in ONLY.items():
            if options[name] and verb != owner:
                raise CommandError(f"--{name} belongs to the verb {owner} and not to {verb}. Nothing was changed.")
        draft = _find(connector)
        try:
            match verb:
                case "start":
                    claims.start(draft.pk, by=reviewer)
                    if message:
                        conversation.comment(draft.pk, by=reviewer, message=message)
                case "verdict":
                    key, value = options["criterion"], options["value"]
                    verdicts.decide(draft.pk, key, value, by=reviewer, comment=message)
                    self.stdout.write(f"{draft.label}: {key} {value}")
                    return
                case "certify":
                    if options["verdicts"]:
                        verdicts.decide_all(draft.pk, verdict_file.parse(_read(options["verdicts"])), by=reviewer)
                    certificate.look_up_now(draft.pk, by=reviewer)
                    certificate.certify(draft.pk, by=reviewer, message=message)
                case _:
                    failure.fail(
                        draft.pk, by=reviewer, reason=reason, message=message or "The certificate was refused."
                    )
        except Obstructed as error:
            raise CommandError("\n".join(["Not certified.", *map(str, error.obstacles), *_undecided(draft)])) from error
        except ConnectorError as error:
            raise CommandError(error.message) from error
        draft = ConnectorStaged.objects.get(pk=draft.pk)
        self.stdout.write(f"{draft.label}: {draft.status}")


def _undecided(draft: ConnectorStaged) -> list[str]:
    """Return a line for each required criterion without a verdict."""
    row = rounds.current(draft.pk)
    rows = criteria.rows_of(row, machine_evidence.gather(row, now=rounds.now())) if row else []
    left = [f"  {found.criterion.key}: {found.criterion.title}" for found in criteria.undecided(rows)]
    if left:
        left.insert(0, "Undecided (decide one with the verb verdict, or several with --verdicts FILE):")
    return left


def _read(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise CommandError(f"{name} is larger than {LARGEST_FILE} bytes.")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not UTF-8.") from error


def _find(connector: str) -> ConnectorStaged:
    draft = None
    # The id comes first: anybody may choose another draft's id as a key.
    if id := identifier(connector):
        draft = ConnectorStaged.objects.filter(pk=id).first()
    draft = draft or ConnectorStaged.objects.filter(key=connector).first()
    if draft is None:
        raise CommandError(f"There is no connector with the id or key {connector}.")
    return draft
