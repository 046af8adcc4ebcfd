"""The demo world: a Project with its owner and API client, two reviewers, and connectors in several states."""

from __future__ import annotations

import json
import os
import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from accounts import actors, people
from accounts.models import Project, User
from accounts.projects import clients, projects
from accounts.roles import ProjectRole, Role
from connectors.drafts import update
from connectors.drafts.update import Lookup
from connectors.models import ConnectorStaged
from devtools.demo import repositories

KEY = "demo"
REGION = "europe-west1.gcp"
MAKER = actors.system("demo")


class Account(TypedDict):
    """A person who can sign in; `role` is only for display."""

    email: str
    password: str
    name: str
    role: str


class Client(TypedDict):
    """The API client."""

    client_id: str
    client_secret: str
    project_key: str
    scope: str


class World(TypedDict):
    """What the sign-in page and the terminal show."""

    accounts: list[Account]
    client: Client


@dataclass(frozen=True)
class Sample:
    """A draft of the demo. `publish` is how it is submitted: not at all, privately, or for certification."""

    key: str
    name: str
    description: str
    repository: str
    tag: str
    types: tuple[str, ...]
    publish: bool | None


PEOPLE = (
    ("owner@demo.example", "Olivia Owner", None, "Owner of the Project"),
    ("reviewer@demo.example", "Rafael Reviewer", Role.REVIEWER, "Reviewer"),
    ("lead@demo.example", "Lena Lead", Role.LEAD_REVIEWER, "Lead reviewer"),
)
SAMPLES = (
    Sample(
        "demo-payment",
        "Payment connector",
        "Takes payments through PSP Example. This draft waits for you to publish it.",
        "payment-connector",
        "1.0.0",
        ("psp",),
        None,
    ),
    Sample(
        "demo-shipping",
        "Shipping connector",
        "Reports the stock to a warehouse and adds tracking links to orders.",
        "shipping-connector",
        "1.0.0",
        ("shipping", "oms"),
        True,
    ),
    Sample(
        "demo-shipping-beta",
        "Shipping connector, private beta",
        "The next version, published privately and without a certificate.",
        "shipping-connector",
        "1.1.0",
        ("shipping",),
        False,
    ),
    Sample(
        "demo-loyalty",
        "Loyalty connector",
        "Its connect.yaml has mistakes: the report names each with line and column.",
        "loyalty-connector",
        "1.0.0",
        ("promotion", "crm"),
        True,
    ),
    Sample(
        "demo-newsletter",
        "Newsletter connector",
        "There is a key in its code. The report says where, without showing it.",
        "newsletter-connector",
        "1.0.0",
        ("email",),
        True,
    ),
)


def make(folder: Path) -> World:
    """Create the missing data of the demo, and return its credentials, which are stored in the folder.

    Existing data does not change. If the credentials are lost, everybody gets new ones.
    """
    repositories.make(folder / "repositories")
    kept = folder / "accounts.json"
    project = Project.objects.filter(key=KEY).first()
    if project is not None and kept.exists():
        world: World = json.loads(kept.read_text(encoding="utf-8"))
    else:
        world = _populate(project)
        write_privately(folder / "client.sh", "\n".join(exports(world["client"])))
        write_privately(kept, json.dumps(world, indent=2))
    for sample in SAMPLES:
        _submit(sample, project_id=Project.objects.get(key=KEY).pk)
    return world


def _populate(project: Project | None) -> World:
    accounts = [_person(email, name, role, label) for email, name, role, label in PEOPLE]
    owner = User.objects.get(email=PEOPLE[0][0])
    if project is None:
        project = projects.create(KEY, region=REGION, name="Demo Shop", by=MAKER, owner=owner)
    else:
        projects.join(project, owner, role=ProjectRole.OWNER, by=MAKER)
    made = clients.create(project, by=MAKER, name="Demo client")
    client = Client(
        client_id=made.client_id,
        client_secret=made.client_secret,
        project_key=project.key,
        scope=" ".join(made.scopes),
    )
    return World(accounts=accounts, client=client)


def _person(email: str, name: str, role: Role | None, label: str) -> Account:
    password = f"demo-{secrets.token_urlsafe(9)}"
    user = User.objects.filter(email=email).first()
    if user is None:
        people.create(email, password=password, name=name, role=role, by=MAKER)
    else:
        user.set_password(password)
        user.save(update_fields=["password"])
    return Account(email=email, password=password, name=name, role=label)


def _submit(sample: Sample, *, project_id: int) -> None:
    if ConnectorStaged.objects.filter(key=sample.key).exists():
        return
    by = actors.client("demo", project_key=KEY)
    body: dict[str, Any] = {
        "key": sample.key,
        "name": sample.name,
        "description": sample.description,
        "integrationTypes": list(sample.types),
        "creator": {
            "name": "Olivia Owner",
            "email": "owner@demo.example",
            "company": "Demo Shop",
            "supportUrl": "https://demo.example/support",
            "noOfContributors": 2,
        },
        "repository": {"url": repositories.url_of(sample.repository), "tag": sample.tag},
        "supportedRegions": [REGION],
    }
    draft = update.create(body, project_id=project_id, by=by)
    if sample.publish is not None:
        action = {"action": "publish", "certification": sample.publish}
        update.apply(Lookup(id=draft.id), version=draft.version, requested=[action], by=by)


def exports(client: Client) -> list[str]:
    """Return lines for a shell to source (`. client.sh`), so that nobody needs to type a secret."""
    values = {
        "CLIENT_ID": client["client_id"],
        "CLIENT_SECRET": client["client_secret"],
        "PROJECT_KEY": client["project_key"],
    }
    return [*(f"export {name}={shlex.quote(value)}" for name, value in values.items()), ""]


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner may read, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
