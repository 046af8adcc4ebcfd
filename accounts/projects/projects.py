"""Create Projects and add people to them."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import events
from accounts.actors import Actor
from accounts.limits import counting, table
from accounts.models import Membership, Project, User
from accounts.roles import ProjectRole


class InvalidProject(ValueError):
    """A key, name or region is not allowed; the message says why, `problems` has the same by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = dict(problems)


@transaction.atomic
def create(key: str, *, region: str, by: Actor, name: str = "", owner: User | None = None) -> Project:
    """Create a Project; `owner` becomes its first member. Raises InvalidProject, also for a key that is taken."""
    if owner:
        counting.spend(table.PROJECTS, of=owner.pk)
    project = Project(key=key, name=name or key, region=region)
    _check(project, "key", "name", "region")
    try:
        with transaction.atomic():
            project.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidProject({"key": f"A Project with the key {key} already exists."}) from error
    record("project:created", project, by=by)
    if owner:
        join(project, owner, role=ProjectRole.OWNER, by=by)
    return project


@transaction.atomic
def join(project: Project, user: User, *, role: ProjectRole, by: Actor) -> Membership:
    """Set somebody's role in a Project, adding them if necessary."""
    membership, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    record("member:joined", project, by=by, details={"member": user.email, "role": str(role)})
    return membership


@transaction.atomic
def rename(project: Project, *, name: str, by: Actor) -> None:
    """Rename a Project; its key stays. Raises InvalidProject for a name that is not allowed."""
    project.name = name
    _check(project, "name")
    project.save(update_fields=["name"])
    record("project:renamed", project, by=by, details={"name": name})


def _check(project: Project, *fields: str) -> None:
    try:
        project.clean_fields(exclude={field.name for field in Project._meta.fields} - {*fields})
    except ValidationError as error:
        raise InvalidProject({name: " ".join(messages) for name, messages in error.message_dict.items()}) from error


def record(name: str, project: Project, *, by: Actor, details: dict[str, str] | None = None) -> None:
    """Append an event about a Project."""
    events.record(
        name,
        by=by,
        subject_type="project",
        subject_id=project.pk,
        subject_label=project.key,
        project_key=project.key,
        details=details,
    )
