"""Load many drafts without the API: `python -m devtools.bench.load drafts.jsonl --token SECRET --session KEY`.

Each line is a ConnectorStaged in the shape of the API, with its Project's key as `project`, and its `createdAt`. The
portal would store the same: rows and documents come from the same models and representation, a round is open if the
status requires one, and the database's triggers count. PostgreSQL only, by COPY, with one transaction for each batch.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TextIO
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from allauth.idp.oidc.models import Token  # noqa: E402 - models can be imported when Django is set up
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.dateparse import parse_datetime  # noqa: E402

from accounts import actors  # noqa: E402
from accounts.models import Project, User  # noqa: E402
from accounts.projects import clients  # noqa: E402
from accounts.roles import Role  # noqa: E402
from certification import business_calendar  # noqa: E402
from certification.business_calendar import Calendar  # noqa: E402
from certification.choices import Decision, FailReason, RoundKind  # noqa: E402
from certification.models import Round  # noqa: E402
from certification.rounds import rounds  # noqa: E402
from connectors.choices import ConnectorStatus  # noqa: E402
from connectors.contract import fields  # noqa: E402
from connectors.drafts import publishing, representation  # noqa: E402
from connectors.models import Access, CertificationComment, Connector, ConnectorStaged  # noqa: E402

BATCH = 10_000
REGION = "europe-west1.gcp"


UNDER_REVIEW = {ConnectorStatus.READY_FOR_CERTIFICATION, ConnectorStatus.IN_CERTIFICATION}


@dataclass
class Batch:
    """The rows of some drafts, by table."""

    calendar: Calendar
    drafts: list[ConnectorStaged] = field(default_factory=list)
    comments: list[CertificationComment] = field(default_factory=list)
    connectors: list[Connector] = field(default_factory=list)
    access: list[Access] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)

    def add(self, line: dict[str, Any], *, project_id: int) -> None:
        """Add the rows of one line."""
        draft = draft_of(line, project_id=project_id)
        comments = [
            CertificationComment(
                draft=draft, public_name=c["userId"], text=c["comment"], created_at=moment(c["datetime"])
            )
            for c in (line["certificationInfo"] or {"comments": []})["comments"]
        ]
        draft.production = None
        if line["alreadyListed"]:
            row = connector_of(draft, differs=line["hasChanges"])
            draft.production = row
            self.connectors.append(row)
            self.access += [Access(connector=row, identifier=project) for project in row.private_projects]
        draft.document = representation.document(representation.staged(draft, comments=comments))
        self.drafts.append(draft)
        self.comments += comments
        if (row := round_of(draft, calendar=self.calendar)) is not None:
            self.rounds.append(row)

    @transaction.atomic
    def store(self) -> None:
        """Store all rows."""
        copy(ConnectorStaged, self.drafts)
        copy(CertificationComment, self.comments)
        copy(Connector, self.connectors)
        copy(Access, self.access)
        copy(Round, self.rounds)


def draft_of(line: dict[str, Any], *, project_id: int) -> ConnectorStaged:
    """Return the draft of one line, without its document."""
    created_at = moment(line["createdAt"])
    draft = ConnectorStaged(
        id=UUID(line["id"]),
        project_id=project_id,
        version=line["version"],
        status=line["status"],
        is_previewable=line["isPreviewable"],
        certification_requested=bool(line["certificationInfo"] and line["certificationInfo"]["comments"]),
        publishing_report=line["publishingReport"],
        previewable_report=line["previewableReport"],
        private=line["private"],
        created_at=created_at,
        last_modified_at=created_at,
    )
    draft.take(fields.columns(line))
    draft.take({"configurations": line["configurations"], "global_configuration": line["globalConfiguration"]})
    return draft


def connector_of(draft: ConnectorStaged, *, differs: bool) -> Connector:
    """Return the production Connector of a draft, published from another tag if it `differs`."""
    row = Connector(staged=draft, project_id=draft.project_id, key=draft.key, private=draft.private)
    row.take(draft.content())
    if differs:
        row.repository_tag += "-earlier"
    row.certified = not row.private
    row.published_at = draft.created_at + timedelta(days=1)
    publishing.prepare(row)
    return row


def round_of(draft: ConnectorStaged, *, calendar: Calendar) -> Round | None:
    """Return the open round of a draft in review, or the closed one of a certified or refused draft."""
    decided = Decision.CERTIFIED if draft.certified else Decision.FAILED if draft.status == "Failed" else None
    if draft.status not in UNDER_REVIEW and decided is None:
        return None
    opened_at = draft.created_at
    row = Round(draft=draft, project_id=draft.project_id, number=1, kind=RoundKind.FIRST, opened_at=opened_at)
    rounds.copy_facts(row, draft)
    row.turn_since, row.due_at = opened_at, calendar.add(opened_at, calendar.days(row.kind))
    if draft.status not in UNDER_REVIEW:
        reason = FailReason.QUALITY if decided == Decision.FAILED else ""
        closed_at = opened_at + timedelta(days=1)
        rounds.close(
            row, decision=str(decided), by=actors.system("bench"), now=closed_at, calendar=calendar, reason=reason
        )
    return row


def moment(text: str) -> datetime:
    """Return the moment of an RFC 3339 text."""
    value = parse_datetime(text)
    if value is None:
        raise ValueError(f"{text} is not a date and time.")
    return value


def copy(model: type[models.Model], rows: list[Any]) -> None:
    """Store unsaved rows by COPY. Keys that the database generates are left to it."""
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in fields)
    statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as lines:
        for row in rows:
            lines.write_row([f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields])


def batches(lines: Iterable[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the lines as objects, some thousands at a time."""
    rest = iter(lines)
    while part := [json.loads(line) for line in islice(rest, BATCH)]:
        yield part


def load(source: TextIO, *, token: str, session: str) -> None:
    """Store every line; create an access token for the Project with the most drafts, and a session for a reviewer."""
    calendar = business_calendar.calendar()
    projects: dict[str, int] = {}
    counts: dict[str, int] = {}
    loaded = 0
    for part in batches(source):
        batch = Batch(calendar)
        for line in part:
            key = line["project"]
            if key not in projects:
                projects[key] = Project.objects.get_or_create(key=key, defaults={"name": key, "region": REGION})[0].pk
            counts[key] = counts.get(key, 0) + 1
            batch.add(line, project_id=projects[key])
        batch.store()
        loaded += len(part)
        print(f"{loaded} drafts", file=sys.stderr, flush=True)
    give_token(max(counts, key=lambda key: counts[key]), token=token)
    sign_in(session)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def give_token(project_key: str, *, token: str) -> None:
    """Create an API client of this Project, with an access token of this value."""
    project = Project.objects.get(key=project_key)
    credentials = clients.create(project, by=actors.system("bench"))
    Token.objects.create(
        type=Token.Type.ACCESS_TOKEN,
        hash=hashlib.sha256(token.encode()).hexdigest(),
        client_id=credentials.client_id,
        scopes="\n".join(credentials.scopes),
        expires_at=timezone.now() + timedelta(days=1),
    )


def sign_in(key: str) -> None:
    """Create a reviewer who is signed in, with a session of this key."""
    reviewer = User.objects.create_user("reviewer@bench.example", name="Reviewer", role=Role.REVIEWER)
    data = {
        SESSION_KEY: str(reviewer.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: reviewer.get_session_auth_hash(),
    }
    Session.objects.create(
        session_key=key,
        session_data=Session.get_session_store_class()().encode(data),
        expire_date=timezone.now() + timedelta(days=1),
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=argparse.FileType(encoding="utf-8"), help="the lines; - is standard input")
    parser.add_argument("--token", required=True, help="the value of the access token")
    parser.add_argument("--session", required=True, help="the key of the reviewer's session, 32 letters and digits")
    arguments = parser.parse_args()
    load(arguments.file, token=arguments.token, session=arguments.session)


if __name__ == "__main__":
    main()
