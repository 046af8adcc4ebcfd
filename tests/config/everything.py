"""A portal with one thing of every kind that a path can name, and everybody who could ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from django.test import Client, override_settings
from django.utils import timezone

from accounts import actors
from accounts.models import Membership, Project, User
from accounts.projects import clients, deploy_keys, invited_addresses, memberships
from accounts.roles import ProjectRole, Role
from accounts.webhooks import deliveries, subscriptions
from certification.decisions import changes, failure
from certification.desk import claims
from certification.models import Notification, SavedView
from certification.rounds import conversation, submissions
from certification.verdicts import waiver_decisions
from connectors.models import ConnectorStaged, Finding, ScannerDelivery, ValidationRun
from connectors.runs import scanner_deliveries as scans
from tests import factory
from tests.certification.world import Problem, World
from tests.conftest import install_desk

VISITOR, STRANGER = "visitor", "stranger"
VIEWER, DEVELOPER, OWNER = "viewer", "developer", "owner"
REVIEWER, AUDITOR, ADMIN = "reviewer", "auditor", "admin"
INSIDER = "insider"
"""A lead reviewer who is a developer of the Project as well."""

PEOPLE = (VISITOR, STRANGER, VIEWER, DEVELOPER, OWNER, REVIEWER, AUDITOR, ADMIN, INSIDER)


@dataclass
class Everything:
    """The ids of what is there, by a name for each."""

    people: dict[str, User]
    ids: dict[str, Any]
    versions: dict[str, int]

    def client(self, name: str) -> Client:
        """Return a browser in which this person is signed in."""
        client = Client(raise_request_exception=False)
        if name != VISITOR:
            client.force_login(self.people[name])
        return client


@contextmanager
def made(folder: Path) -> Iterator[Everything]:
    """Make everything, by the verbs that make it in life; as long as it is there, no repository is further away."""
    given = SimpleNamespace()
    world = World(folder, given)
    with override_settings(**vars(given)):
        install_desk()
        yield _fill(world)


def _fill(world: World) -> Everything:
    project = factory.project()
    people = _people(world, project)
    ids: dict[str, Any] = {"key": project.key}
    drafts = _drafts(world, people, ids)
    _around(project, people, ids)
    for name, draft in drafts.items():
        ids[name] = draft.pk
    versions = {name: ConnectorStaged.objects.get(pk=draft.pk).version for name, draft in drafts.items()}
    return Everything(people, ids, versions)


def _people(world: World, project: Project) -> dict[str, User]:
    people = {
        STRANGER: factory.stranger(),
        OWNER: factory.owner(),
        REVIEWER: world.person("Rita"),
        AUDITOR: world.person("Ann", Role.AUDITOR),
        ADMIN: User.objects.create_superuser("admin@portal.example", factory.PASSWORD, name="Ada Admin"),
        INSIDER: world.person("Ines", Role.LEAD_REVIEWER),
        DEVELOPER: factory.user("developer@example.com", name="Dave Developer"),
        VIEWER: factory.user("viewer@example.com", name="Vera Viewer"),
    }
    for name, role in ((DEVELOPER, ProjectRole.DEVELOPER), (VIEWER, ProjectRole.VIEWER)):
        Membership.objects.create(project=project, user=people[name], role=role)
    for user in people.values():
        # Whom the command made has an address already.
        EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return people


def _drafts(world: World, people: dict[str, User], ids: dict[str, Any]) -> dict[str, ConnectorStaged]:
    """Make a draft at each place of its way; the one under review has something of everything that is said in one."""
    rita, lead = people[REVIEWER], world.person("Lea", Role.LEAD_REVIEWER)
    plain = factory.draft(key="plain")
    waiting = world.submitted(key="waiting")
    refused = world.begun(rita, key="refused")
    failure.fail(refused.pk, by=rita, reason="quality", message="No tests.")
    reviewed = world.begun(rita, key="reviewed", problems=[Problem(severity="warning")])
    asked = world.begun(rita, key="asked")
    request = conversation.request(asked.pk, by=rita, text="Rename the port")
    changes.request_changes(asked.pk, by=rita, message="Please.")
    ids["request"] = request.pk
    back = world.begun(rita, key="back")
    done = conversation.request(back.pk, by=rita, text="Say which version it is")
    changes.request_changes(back.pk, by=rita, message="Please.")
    submissions.answer_request(back.pk, done.pk, by=actors.person(people[OWNER], public_name="acme"))
    public = world.certified(rita, key="public")
    finding = Finding.objects.filter(run__draft=reviewed).latest("pk")
    ids["finding"] = finding.pk
    ids["run"] = reviewed.runs.latest("queued_at").pk
    ids["own request"] = conversation.request(reviewed.pk, by=rita, text="Name the port").pk
    ids["remark"] = conversation.remark(reviewed.pk, by=rita, path="README.md", line=1, text="Say more.").pk
    conversation.note(reviewed.pk, by=rita, text="Between reviewers")
    reason = "The rule does not fit what this file is for."
    ids["waiver"] = waiver_decisions.propose(reviewed.pk, finding.pk, by=lead, scope="finding", reason=reason).pk
    submissions.keep(
        reviewed,
        by=actors.person(people[OWNER], public_name="acme"),
        notes="Try it",
        credentials="user / hunter2",
        credentials_expire_at=timezone.now() + timedelta(days=5),
    )
    claims.assign(waiting.pk, to=rita, by=lead)
    claims.release(waiting.pk, by=rita)
    # People join after their reviews: an insider is somebody who was a reviewer before.
    world.member(people[INSIDER], reviewed.project)
    return {
        "plain": plain,
        "waiting": waiting,
        "refused": refused,
        "reviewed": reviewed,
        "asked": asked,
        "back": back,
        "public": public,
    }


def _around(project: Project, people: dict[str, User], ids: dict[str, Any]) -> None:
    """Make what belongs to the Project and to people beside drafts."""
    owner = people[OWNER]
    by = actors.person(owner, public_name=project.key)
    ids["client"] = clients.create(project, by=by, scopes=[]).api_client.pk
    ids["deploy key"] = deploy_keys.create(project, repository="acme/payments", by=by, created_by=owner).pk
    made = subscriptions.create(project, url="https://example.com/hooks", wanted=[], by=by, created_by=owner)
    ids["webhook"] = made.webhook.pk
    ids["delivery"] = deliveries.ping(made.webhook).pk
    invited = memberships.invite(project, email=people[STRANGER].email, role="viewer", by=by, invited_by=owner)
    ids["refusal"] = invited_addresses.token(people[STRANGER].email)
    ids["invitation"], ids["invitation token"] = invited.invitation.pk, invited.token
    rows = {name: Membership.objects.get(project=project, user=people[name]) for name in (OWNER, DEVELOPER, VIEWER)}
    ids["member"] = rows[DEVELOPER].pk
    ids["notification"] = Notification.objects.create(
        recipient=owner, event=uuid4(), kind="decision", label="Plain", title="Something", path="/drafts"
    ).pk
    ids["view"] = SavedView.objects.create(user=people[REVIEWER], name="Mine", query="view=mine").pk
    ids["scan"] = _scan()


def _scan() -> str:
    """Return the token with which a scanner answers."""
    run, now = ValidationRun.objects.latest("queued_at"), timezone.now()
    ValidationRun.objects.filter(pk=run.pk).update(state=ValidationRun.State.RUNNING)
    row = ScannerDelivery.objects.create(run=run, scanner="s", asked_at=now, expires_at=now + timedelta(days=1))
    return scans._token(row)


def unknown(value: Any) -> Any:
    """Return something of the same form that names nothing."""
    match value:
        case UUID():
            return uuid4()
        case int():
            return 999_999_999
        case _:
            return "nowhere"
