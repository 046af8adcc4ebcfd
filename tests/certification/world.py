"""Submissions as the reviewer meets them: a real repository with tags, and a run over the commit of one."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Project, User
from accounts.roles import ProjectRole, Role
from certification.decisions import Choice, DecisionKind, certificate
from certification.desk import claims
from certification.models import Criterion, Round
from certification.rounds import reruns, tag_target
from certification.verdicts import verdicts
from connectors.drafts import update
from connectors.drafts.representation import moment
from connectors.drafts.update import Lookup
from connectors.models import CheckResult, ConnectorStaged, Finding, ValidationRun
from connectors.runs import engine, snapshots
from tests import factory
from validator.source import git

FILES = {
    "README.md": "# Payments\n\nHow to install it.\n",
    "LICENSE": "MIT License\n",
    "connect.yaml": "deployAs:\n  - name: service\n    applicationType: service\n    endpoint: /service\n",
    "service/src/index.js": "const port = 8080\nconsole.log(port)\n",
}
CONFIGURATION = {
    "applicationName": "service",
    "applicationType": "service",
    "standardConfiguration": [{"key": "REGION", "description": "Region", "required": True, "default": "eu"}],
    "securedConfiguration": [{"key": "API_KEY", "description": "Key", "required": True}],
}
CHECKS = (
    ("specification", "Connector specification file", "required"),
    ("secrets", "Secrets", "required"),
    ("documentation", "Documentation", "required"),
    ("static-analysis", "Static analysis", "advisory"),
)


@dataclass(frozen=True)
class Problem:
    """A finding as a check would report it."""

    check: str = "secrets"
    rule: str = "secret-token"
    severity: str = "error"
    message: str = "A token is in the code."
    path: str = "service/src/index.js"
    line: int = 1
    fingerprint: str = "f" * 32
    package: str = ""
    advisory: str = ""
    snippet: str = "const port = 8080"
    fix: str = "Remove it."


@dataclass
class World:
    """A repository on this machine, and the connector whose tags lead there."""

    folder: Path
    settings: Any
    people: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settings.GIT_URL_REWRITES = {"https://github.com/": f"file://{self.folder}/"}
        self.settings.CHECKOUT_DIR = self.folder / "checkouts"
        self.repository = self.folder / "acme" / "payments.git"
        self.repository.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *argv: str) -> str:
        """Run git in the repository."""
        who = ("-c", "user.name=Dev", "-c", "user.email=dev@acme.example", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *argv], cwd=self.repository, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def tag(
        self,
        name: str,
        files: Mapping[str, str | bytes | PurePath | None] = FILES,
        *,
        submodule: tuple[str, str] = ("", ""),
    ) -> str:
        """Commit files (None removes one, a path is a link to it) and put a tag there; return the commit.

        `submodule` is the path of one and the commit to which it leads.
        """
        for path, content in files.items():
            target = self.repository / path
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, PurePath):
                target.unlink(missing_ok=True)
                target.symlink_to(content)
                continue
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")
        if submodule[0]:
            self.git("update-index", "--add", "--cacheinfo", f"160000,{submodule[1]},{submodule[0]}")
        self.git("commit", "--quiet", "--allow-empty", "-m", f"Version {name}")
        self.git("tag", "--force", name)
        return self.git("rev-parse", "HEAD")

    def person(self, name: str, role: str = Role.REVIEWER) -> User:
        """Return somebody with a portal role, made once."""
        if name not in self.people:
            self.people[name] = User.objects.create_user(
                f"{name.lower()}@portal.example", factory.PASSWORD, name=name, role=role
            )
        return self.people[name]

    def member(self, user: User, project: Project) -> None:
        """Make somebody a developer of a Project."""
        Membership.objects.create(project=project, user=user, role=ProjectRole.DEVELOPER)

    def submitted(
        self,
        tag: str = "1.0.0",
        *,
        problems: Sequence[Problem] = (),
        outcomes: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> ConnectorStaged:
        """Return a connector that was submitted for certification and passed the checks."""
        if not self.has(tag):
            self.tag(tag)
        draft = factory.draft(**{"repository": {"url": "https://github.com/acme/payments.git", "tag": tag}, **fields})
        with update.changing(Lookup(id=draft.pk), by=factory.WORKER, derived=True) as change:
            change.draft.take_configuration(configurations=[CONFIGURATION], global_configuration=None, api_client=None)
        factory.publish(draft, certification=True)
        return self.admitted(draft, problems=problems, outcomes=outcomes)

    def begun(self, by: User, **options: Any) -> ConnectorStaged:
        """Return a submitted connector whose certification this reviewer started."""
        draft = self.submitted(**options)
        claims.start(draft.pk, by=by)
        return draft

    def decided(self, draft: ConnectorStaged, by: User, *, but: Sequence[str] = ()) -> None:
        """Pass every must-criterion by its verb, but for those of these keys."""
        for key in Criterion.objects.filter(level="must").exclude(key__in=but).values_list("key", flat=True):
            verdicts.decide(draft.pk, key, "pass", by=by, comment="Read by hand.")

    def certified(self, by: User, **options: Any) -> ConnectorStaged:
        """Return a connector that went all the way to its certificate."""
        draft = self.begun(by, **options)
        self.decided(draft, by)
        certificate.certify(draft.pk, by=by)
        return ConnectorStaged.objects.get(pk=draft.pk)

    def looked_up(self, draft: ConnectorStaged, by: User) -> None:
        """Let a worker look a round's tag up, as if the last lookup were long ago."""
        row = Round.objects.get(draft=draft, decided_at=None)
        tag_target.work(tag_target.ask(row, by=by).pk)

    def has(self, tag: str) -> bool:
        """Return whether the repository has a tag."""
        return tag in self.git("tag", "--list").split()

    def admitted(
        self, draft: ConnectorStaged, *, problems: Sequence[Problem] = (), outcomes: Mapping[str, str] | None = None
    ) -> ConnectorStaged:
        """End the open publishing run as the worker does, well."""
        draft = ConnectorStaged.objects.get(pk=draft.pk)
        with git.checkout(draft.repository_url, draft.repository_tag, settings=engine.settings_of_portal()) as tree:
            snapshots.keep(tree)
        with update.changing(Lookup(id=draft.pk), by=factory.WORKER) as change:
            run = factory.last_run(change.draft)
            finish(run, commit=self.git("rev-list", "-n1", run.tag), tree=self.git("rev-parse", f"{run.tag}^{{tree}}"))
            report(run, problems=problems, outcomes=outcomes or {})
            change.draft.publishing_report = {
                "entries": [
                    {
                        "type": "Information",
                        "title": "Connector specification file validation check succeeded",
                        "message": None,
                        "application": None,
                        "createdAt": moment(timezone.now()),
                    }
                ]
            }
            change.draft.admit()
            change.record("connector:admitted", commit=run.commit)
        return change.draft

    def rechecked(
        self, draft: ConnectorStaged, *, problems: Sequence[Problem] = (), outcomes: Mapping[str, str] | None = None
    ) -> ValidationRun:
        """Run the checks again over a round's tag, as a worker does."""
        run = reruns.recheck(draft.pk, by=self.person("Rebecca"))
        finish(run, commit=self.git("rev-list", "-n1", run.tag), tree=self.git("rev-parse", f"{run.tag}^{{tree}}"))
        report(run, problems=problems, outcomes=outcomes or {})
        return run


def chosen(decision: DecisionKind) -> dict[str, str]:
    """Return a value for everything that must be chosen for a decision."""
    return {field.name: field.choices[0][0] for field in decision.fields if isinstance(field, Choice)}


def finish(run: ValidationRun, *, commit: str, tree: str) -> None:
    """Store the end of a run."""
    run.state, run.commit, run.tree = ValidationRun.State.PASSED, commit, tree
    run.started_at = run.finished_at = timezone.now()
    run.save()


def report(run: ValidationRun, *, problems: Sequence[Problem], outcomes: Mapping[str, str]) -> None:
    """Store what each check came to, and the findings."""
    for position, (check, title, level) in enumerate(CHECKS):
        CheckResult.objects.create(
            run=run,
            check_id=check,
            position=position,
            title=title,
            level=level,
            outcome=outcomes.get(check, CheckResult.Outcome.PASSED),
            seconds=0.5,
        )
    for problem in problems:
        Finding.objects.create(
            run=run,
            check_id=problem.check,
            rule=problem.rule,
            severity=problem.severity,
            message=problem.message,
            fix=problem.fix,
            path=problem.path,
            line=problem.line,
            snippet=problem.snippet,
            package=problem.package,
            advisory=problem.advisory,
            fingerprint=problem.fingerprint,
        )
