"""What tests start from: people, Projects, API clients, and connectors brought to a status by their real verbs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts import actors
from accounts.actors import Actor
from accounts.models import Membership, Project, User
from accounts.projects import clients
from accounts.projects.clients import Credentials
from accounts.roles import ProjectRole, Role
from connectors.choices import ConnectorStatus
from connectors.drafts import publishing, update
from connectors.drafts.draft_change import Change
from connectors.drafts.representation import moment, report_entry
from connectors.drafts.update import Lookup
from connectors.models import ConnectorStaged, ValidationRun
from validator.report import entries

PASSWORD = "correct horse battery staple"
REGION = "europe-west1.gcp"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TREE = "89abcdef0123456789abcdef0123456789abcdef"
DERIVED: dict[str, Any] = {
    "configurations": [
        {
            "applicationName": "payments",
            "applicationType": "service",
            "standardConfiguration": [
                {"key": "MODE", "description": "Test or live", "required": True, "default": None}
            ],
            "securedConfiguration": [{"key": "SECRET", "description": "The key", "required": True}],
        }
    ],
    "global_configuration": None,
    "api_client": {"scopes": ["manage_orders"]},
}
WORKER = actors.system("validation")
REFUSED = entries.of_refusal("security", "The webhook trusts everybody.")


def signs_in(email: str, password: str = PASSWORD) -> bool:
    """Return whether somebody is in after the login page, without having read a mail."""
    browser = Client()
    browser.post("/accounts/login/", {"login": email, "password": password})
    return "_auth_user_id" in browser.session


def project(key: str = "acme", *, region: str = REGION) -> Project:
    """Return the Project of this key, made when there is none."""
    found, _ = Project.objects.get_or_create(key=key, defaults={"name": key.title(), "region": region})
    return found


def user(email: str, *, name: str = "", role: str = "") -> User:
    """Return the person with this address, made when there is none."""
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, PASSWORD, name=name, role=role)


def owner(of: Project | None = None) -> User:
    """Return the owner of a Project."""
    person = user("owner@example.com", name="Olive Owner")
    Membership.objects.get_or_create(project=of or project(), user=person, defaults={"role": ProjectRole.OWNER})
    return person


def stranger() -> User:
    """Return somebody who owns another Project."""
    person = user("stranger@example.com", name="Sam Stranger")
    Membership.objects.get_or_create(project=project("other"), user=person, defaults={"role": ProjectRole.OWNER})
    return person


def reviewer() -> User:
    """Return a reviewer."""
    return user("reviewer@example.com", name="Rita Reviewer", role=Role.REVIEWER)


def api_client(of: Project | None = None, *, scopes: Iterable[str] = ()) -> Credentials:
    """Return a new API client of a Project; without scopes it may do everything there."""
    return clients.create(of or project(), by=actors.system("test"), scopes=scopes)


def developer(of: Project | None = None) -> Actor:
    """Return an API client of the Project as the one who acts."""
    return actors.client("test-client", project_key=(of or project()).key)


def certifier() -> Actor:
    """Return the reviewer as the one who acts."""
    return actors.person(reviewer(), public_name="connect-certification")


def body(**fields: Any) -> dict[str, Any]:
    """Return the body of a create request that the API accepts, with these fields instead."""
    return {
        "name": "Acme payments",
        "creator": {"email": "dev@acme.example", "name": "Dev Eloper"},
        "repository": {"url": "https://github.com/acme/payments.git", "tag": "1.0.0"},
        **fields,
    }


def draft(of: Project | None = None, **fields: Any) -> ConnectorStaged:
    """Return a new draft; `fields` are those of the create request."""
    owning = of or project()
    return update.create(body(**fields), project_id=owning.id, by=developer(owning))


def at(status: str, of: Project | None = None, *, certification: bool = True, **fields: Any) -> ConnectorStaged:
    """Return a new draft that went its way to a status. `Published` is certified unless `certification` is false."""
    row = draft(of, **fields)
    match ConnectorStatus(status):
        case ConnectorStatus.DRAFT:
            return row
        case ConnectorStatus.PROCESSING:
            return publish(row, certification=certification)
        case ConnectorStatus.READY_FOR_CERTIFICATION:
            return validated(publish(row, certification=True))
        case ConnectorStatus.IN_CERTIFICATION:
            return started(validated(publish(row, certification=True)))
        case ConnectorStatus.PUBLISHED:
            return certified(row) if certification else validated(publish(row, certification=False))
        case ConnectorStatus.FAILED:
            return rejected(publish(row, certification=certification))


def certified(row: ConnectorStaged) -> ConnectorStaged:
    """Bring a draft all the way to its certificate."""
    row = started(validated(publish(row, certification=True)))
    with update.changing(Lookup(id=row.id), by=certifier()) as change:
        change.draft.certify()
        publishing.publish(change, certified=True, run=last_run(change.draft))
    return change.draft


def publish(row: ConnectorStaged, *, certification: bool) -> ConnectorStaged:
    """Ask for publication as a developer does."""
    return act(row, {"action": "publish", "certification": certification})


def act(row: ConnectorStaged, *actions: dict[str, Any]) -> ConnectorStaged:
    """Apply update actions at the current version, as the Project's API client."""
    version = ConnectorStaged.objects.get(pk=row.pk).version
    return update.apply(Lookup(id=row.id), version=version, requested=actions, by=developer(row.project))


def validated(row: ConnectorStaged) -> ConnectorStaged:
    """End the publishing run well."""
    with update.changing(Lookup(id=row.id), by=WORKER) as change:
        run = _end(change, state=ValidationRun.State.PASSED, kind="Information", title="Checks succeeded")
        if run.certification:
            change.draft.admit()
            change.record("connector:admitted")
        else:
            change.draft.publish_privately()
            publishing.publish(change, certified=False, run=run)
    return change.draft


def rejected(row: ConnectorStaged) -> ConnectorStaged:
    """End the publishing run with an error."""
    with update.changing(Lookup(id=row.id), by=WORKER) as change:
        _end(change, state=ValidationRun.State.FAILED, kind="Error", title="Connector specification file not found")
        change.draft.reject()
        change.record("connector:rejected")
    return change.draft


def previewed(row: ConnectorStaged) -> ConnectorStaged:
    """Grant the preview that was asked for, with something read from connect.yaml."""
    with update.changing(Lookup(id=row.id), by=WORKER) as change:
        run = last_run(change.draft, ValidationRun.Kind.PREVIEW)
        change.draft.previewable_report = _report(
            run, state=ValidationRun.State.PASSED, kind="Information", title="Checks succeeded"
        )
        change.draft.take_configuration(**DERIVED)
        change.draft.grant_preview()
        change.record("connector:preview-granted")
    return change.draft


def started(row: ConnectorStaged) -> ConnectorStaged:
    """Start the certification as a reviewer."""
    with update.changing(Lookup(id=row.id), by=certifier()) as change:
        change.draft.start_certification()
        change.record("certification:started")
    return change.draft


def fail(row: ConnectorStaged) -> ConnectorStaged:
    """Refuse the certificate as a reviewer."""
    with update.changing(Lookup(id=row.id), by=certifier()) as change:
        change.draft.fail(reason=report_entry(REFUSED, now=change.now))
        change.record("certification:failed")
    return change.draft


def last_run(row: ConnectorStaged, kind: str = ValidationRun.Kind.PUBLISH) -> ValidationRun:
    """Return the latest run of a kind."""
    return row.runs.filter(kind=kind).latest("queued_at")


def _end(change: Change, *, state: str, kind: str, title: str) -> ValidationRun:
    run = last_run(change.draft)
    change.draft.publishing_report = _report(run, state=state, kind=kind, title=title)
    return run


def _report(run: ValidationRun, *, state: str, kind: str, title: str) -> dict[str, Any]:
    run.state, run.commit, run.tree, run.finished_at = state, COMMIT, TREE, timezone.now()
    run.save()
    entry = {"type": kind, "title": title, "message": None, "application": None, "createdAt": moment(run.finished_at)}
    return {"entries": [entry]}
