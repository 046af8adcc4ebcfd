"""Create three hundred submissions in all states with the real verbs, to practice and measure reviews.

Times are spread over the past weeks by passing `now` to each verb. The repositories are real, in a folder; only the
results of the checks are invented, so that no worker is needed.

Each submission is one transaction: a worker that runs at the same time sees none of the invented runs. Submissions from
before an interruption are complete, so the next attempt continues after them.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import actors, events
from accounts.actors import Actor
from accounts.models import Event, Project, User
from accounts.roles import Role
from certification.decisions import certificate, changes, failure, question
from certification.desk import claims
from certification.models import Criterion
from certification.rounds import conversation, escalations, submissions
from certification.verdicts import verdicts
from connectors.choices import IntegrationType
from connectors.drafts import update
from connectors.drafts.update import Lookup
from connectors.models import CheckResult, ConnectorStaged, Finding, ValidationRun
from connectors.runs import runs, snapshots

PROJECTS = 12
SEED = 20261123
WORKER = actors.system("Review world")
MADE = "review-world:made"
BRANDS = ("Adria", "Bora", "Cedro", "Delta", "Esker", "Fjord", "Garda", "Hilda", "Iris", "Jura", "Kilo", "Lumen")
NOUNS = ("payments", "tax", "orders", "search", "loyalty", "catalog sync", "shipping", "exporter", "mailer", "gateway")
CHECKS = (
    ("repository", "Repository", "required"),
    ("specification", "Connector specification file", "required"),
    ("applications", "Applications", "required"),
    ("secrets", "Secrets", "required"),
    ("documentation", "Documentation", "required"),
    ("licence", "License", "required"),
    ("tests", "Tests", "required"),
    ("static-analysis", "Static analysis", "advisory"),
    ("dependencies", "Dependencies", "advisory"),
)
SHARES: tuple[tuple[str, int], ...] = (
    ("draft", 6),
    ("processing", 4),
    ("stopped", 8),
    ("waiting", 20),
    ("begun", 12),
    ("asked", 6),
    ("changes", 10),
    ("again", 6),
    ("certified", 12),
    ("failed", 6),
    ("appealed", 3),
    ("withdrawn", 3),
    ("private", 4),
)
"""The states, each with its share of the submissions in percent."""


@dataclass
class _Tree:
    """The files of a commit, in the shape in which the engine hands them over."""

    files: Mapping[str, str]
    commit: str
    tree: str

    def paths(self) -> Sequence[str]:
        return list(self.files)

    def size(self, path: str) -> int:
        return len(self.files[path].encode())

    def read(self, path: str, limit: int | None = None) -> bytes:
        return self.files[path].encode()[:limit]

    def kind(self, path: str) -> str | None:
        return "file" if path in self.files else None

    def others(self, kind: str) -> Sequence[str]:
        return []

    def target(self, path: str) -> str:
        raise KeyError(path)

    def folder(self) -> Path:
        raise NotImplementedError


@contextmanager
def reached(folder: Path) -> Iterator[None]:
    """Make this process fetch the sample repositories from a folder instead of their host."""
    before = settings.GIT_URL_REWRITES
    settings.GIT_URL_REWRITES = {**before, **rewrites(folder)}
    try:
        yield
    finally:
        settings.GIT_URL_REWRITES = before


def rewrites(folder: Path) -> dict[str, str]:
    """Return the setting GIT_URL_REWRITES with which a server finds the sample repositories."""
    return {f"https://{settings.GIT_HOSTS[0]}/review-world/": f"{folder.resolve().as_uri()}/"}


def _commit(repository: Path, files: Mapping[str, str], *, tag: str) -> _Tree:
    """Commit files to a real repository, and tag the commit."""
    if not repository.exists():
        repository.mkdir(parents=True)
        _git(repository, "init", "--quiet", "--initial-branch=main")
    for path, text in files.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text, encoding="utf-8")
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--allow-empty", "-m", f"Version {tag}")
    _git(repository, "tag", "--force", tag)
    return _Tree(files, _git(repository, "rev-parse", "HEAD"), _git(repository, "rev-parse", "HEAD^{tree}"))


def _git(repository: Path, *arguments: str) -> str:
    who = {f"GIT_{role}_{what}": "dev@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607 - git is where the operator put it
        cwd=repository,
        env={"PATH": os.environ["PATH"], "HOME": str(repository), "GIT_CONFIG_NOSYSTEM": "1", **who},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


class World:
    """Creates submissions one after the other, with their repositories in a folder. The same seed gives the same
    data."""

    def __init__(self, folder: Path, *, now: datetime | None = None) -> None:
        self._folder = folder
        self._random = random.Random(SEED)  # noqa: S311 - it decides about nothing but examples
        self._now = now or timezone.now()
        self._people = [_person(name, Role.REVIEWER) for name in ("Robin", "Sasha", "Toni", "Uma")]
        self._lead = _person("Lou", Role.LEAD_REVIEWER)
        self._projects = [_project(n) for n in range(PROJECTS)]

    def make(self, count: int, *, told: Callable[[str], object] = lambda text: None) -> dict[str, int]:
        """Create this many submissions, except those that already exist, and return how many are in each state."""
        with reached(self._folder):
            return self._make(count, told)

    def _make(self, count: int, told: Callable[[str], object]) -> dict[str, int]:
        plan = [state for state, share in SHARES for _ in range(round(count * share / 100))]
        plan = (plan + ["waiting"] * count)[:count]
        self._random.shuffle(plan)
        there = set(ConnectorStaged.objects.filter(key__startswith=_key("")).values_list("key", flat=True))
        for n, state in enumerate(plan):
            if _key(n) not in there:
                self._random.seed(f"{SEED}:{n}")
                with transaction.atomic():
                    self._submission(n, state)
            if n % 50 == 49:
                told(f"{n + 1} of {count}")
        events.record(MADE, by=WORKER, subject_type="portal", subject_id="review-world", details={"submissions": count})
        return {state: plan.count(state) for state, _ in SHARES}

    def _submission(self, n: int, state: str) -> None:
        at = self._now - timedelta(hours=self._random.randint(3, 24 * 18))
        draft = self._draft(n, at)
        if state == "draft":
            return
        developer = _developer(draft.project)
        self._publish(draft, at=at, by=developer, certification=state != "private")
        if state == "processing":
            return
        if state in ("stopped", "private"):
            self._checked(draft, n, at=at, passes=state == "private")
            return
        self._checked(draft, n, at=at, passes=True)
        if state == "waiting":
            return
        reviewer = self._random.choice(self._people)
        later = min(at + timedelta(hours=self._random.randint(1, 60)), self._now)
        claims.start(draft.pk, by=reviewer, now=later)
        self._review(draft, state, reviewer=reviewer, at=later, developer=developer, n=n)

    def _review(
        self, draft: ConnectorStaged, state: str, *, reviewer: User, at: datetime, developer: Actor, n: int
    ) -> None:
        later = min(at + timedelta(hours=self._random.randint(1, 30)), self._now)
        match state:
            case "begun":
                self._decide(draft, reviewer, share=self._random.random())
                if self._random.random() < 0.2:
                    escalations.escalate(
                        draft.pk, to="security", by=reviewer, note="Please look at the token handling."
                    )
            case "asked":
                question.ask(draft.pk, by=reviewer, message="Which shop can we test the refund with?", now=later)
            case "changes" | "again":
                self._ask_for_changes(draft, reviewer, at=later)
                if state == "again":
                    self._resubmit(draft, developer, n=n)
            case "certified":
                self._decide(draft, reviewer, share=1)
                self._certify(draft, reviewer, at=later)
            case "failed" | "appealed":
                failure.fail(
                    draft.pk, by=reviewer, reason="security", message="The endpoint accepts any caller.", now=later
                )
                if state == "appealed":
                    submissions.appeal(
                        draft.pk, by=developer, text="The signature is verified in service/src/verify.js."
                    )
            case _:
                submissions.withdraw(draft.pk, by=developer)

    def _draft(self, n: int, at: datetime) -> ConnectorStaged:
        brand, noun = self._random.choice(BRANDS), self._random.choice(NOUNS)
        body = {
            "name": f"{brand} {noun} {n}",
            "key": _key(n),
            "description": f"Connects {brand} with the store.",
            "integrationTypes": self._random.sample(list(IntegrationType.values), k=self._random.choice((1, 1, 2))),
            "creator": {"name": "Dev Example", "email": "dev@example.com", "company": f"{brand} Ltd"},
            "repository": {"url": f"https://{settings.GIT_HOSTS[0]}/review-world/connector-{n}.git", "tag": "1.0.0"},
        }
        project = self._random.choice(self._projects)
        draft = update.create(body, project_id=project.pk, by=_developer(project), now=at)
        # Nothing is fetched: these repositories do not exist on their host.
        runs.supersede(draft, kinds=list(ValidationRun.Kind.values), now=at)
        return self._configure(draft, n, at)

    def _configure(self, draft: ConnectorStaged, n: int, at: datetime) -> ConnectorStaged:
        """Store what connect.yaml says, as the worker does."""
        with update.changing(Lookup(id=draft.pk), by=WORKER, now=at, derived=True) as change:
            change.draft.take_configuration(
                configurations=[_application(n)], global_configuration=None, api_client=None
            )
        return change.draft

    def _publish(self, draft: ConnectorStaged, *, at: datetime, by: Actor, certification: bool) -> None:
        with update.changing(Lookup(id=draft.pk), by=by, now=at) as change:
            change.draft.submit(certification=certification)
            ValidationRun.objects.create(
                draft=change.draft,
                kind=ValidationRun.Kind.PUBLISH,
                certification=certification,
                url=change.draft.repository_url,
                tag=change.draft.repository_tag,
                state=ValidationRun.State.SUPERSEDED,
                queued_at=at,
                not_before=at,
            )
            change.record("connector:publish-requested", details={"certification": certification})

    def _checked(self, draft: ConnectorStaged, n: int, *, at: datetime, passes: bool, version: int = 0) -> None:
        """Finish the last run of a draft as the worker does."""
        repository = self._folder / f"connector-{n}.git"
        tree = _commit(repository, _files(n, version), tag=f"1.0.{version}")
        snapshots.keep(tree)
        self._configure(draft, n, at)
        run = ValidationRun.objects.filter(draft=draft, kind=ValidationRun.Kind.PUBLISH).latest("queued_at")
        run.state = ValidationRun.State.PASSED if passes else ValidationRun.State.FAILED
        run.commit, run.tree, run.started_at, run.finished_at = tree.commit, tree.tree, at, at
        run.save()
        CheckResult.objects.bulk_create(
            CheckResult(
                run=run,
                check_id=check,
                position=position,
                title=title,
                level=level,
                outcome="failed" if not passes and check == "secrets" else "passed",
                seconds=round(self._random.uniform(0.1, 4), 1),
            )
            for position, (check, title, level) in enumerate(CHECKS)
        )
        Finding.objects.bulk_create(self._findings(run, passes=passes))
        with update.changing(Lookup(id=draft.pk), by=WORKER, now=at) as change:
            if not passes:
                change.draft.reject()
                change.record("connector:rejected", commit=run.commit)
            elif run.certification:
                change.draft.admit()
                change.record("connector:admitted", commit=run.commit)
            else:
                change.draft.publish_privately()
                change.record("connector:publish-passed", commit=run.commit)

    def _findings(self, run: ValidationRun, *, passes: bool) -> list[Finding]:
        found = [
            Finding(
                run=run,
                check_id="static-analysis",
                rule=self._random.choice(("log-personal-data", "missing-timeout", "loose-comparison")),
                severity="warning",
                message="This may write personal data to the log.",
                fix="Log ids instead.",
                path="service/src/index.js",
                line=n + 2,
                snippet="console.log(order)",
                fingerprint=hashlib.sha256(f"{run.draft_id}:{n}".encode()).hexdigest()[:32],
            )
            for n in range(self._random.choice((0, 0, 1, 2, 3)))
        ]
        if self._random.random() < 0.3:
            found.append(
                Finding(
                    run=run,
                    check_id="dependencies",
                    rule="dependency-moderate",
                    severity="warning",
                    message="express: open redirect (GHSA-rv95-896h-c2vc).",
                    fix="Update express to 4.19.2 or later.",
                    path="service/package-lock.json",
                    snippet="express",
                    package="pkg:npm/express",
                    advisory="GHSA-rv95-896h-c2vc",
                    fingerprint=hashlib.sha256(f"{run.draft_id}:express".encode()).hexdigest()[:32],
                )
            )
        if not passes:
            found.append(
                Finding(
                    run=run,
                    check_id="secrets",
                    rule="private-key",
                    severity="error",
                    message="A private key is in the repository.",
                    fix="Revoke it, and read it from secured configuration.",
                    path="service/src/config.js",
                    line=1,
                    snippet="const key = '•••'",
                    fingerprint=hashlib.sha256(f"{run.draft_id}:key".encode()).hexdigest()[:32],
                )
            )
        return found

    def _decide(self, draft: ConnectorStaged, reviewer: User, *, share: float) -> None:
        keys = list(Criterion.objects.filter(active=True, level="must").values_list("key", flat=True))
        for key in keys[: round(len(keys) * share)]:
            verdicts.decide(draft.pk, key, "pass", by=reviewer, comment="Read by hand.")

    def _ask_for_changes(self, draft: ConnectorStaged, reviewer: User, *, at: datetime) -> None:
        verdicts.decide(draft.pk, "callers", "fail", by=reviewer, comment="The endpoint accepts any caller.")
        conversation.request(
            draft.pk,
            by=reviewer,
            text="Verify the signature.",
            path="service/src/index.js",
            line=3,
            criterion="callers",
        )
        conversation.remark(draft.pk, by=reviewer, path="README.md", line=1, text="Say which version is needed.")
        changes.request_changes(draft.pk, by=reviewer, now=at)

    def _resubmit(self, draft: ConnectorStaged, developer: Actor, *, n: int) -> None:
        submissions.resubmit(draft.pk, tag="1.0.1", by=developer)
        self._checked(ConnectorStaged.objects.get(pk=draft.pk), n, at=self._now, passes=True, version=1)

    def _certify(self, draft: ConnectorStaged, reviewer: User, *, at: datetime) -> None:
        certificate.look_up_now(draft.pk, by=reviewer)
        certificate.certify(draft.pk, by=reviewer, message="Thank you for the careful work.", now=at)


def _person(name: str, role: str) -> User:
    email = f"{name.lower()}@review-world.example"
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, None, name=name, role=role)


def _project(n: int) -> Project:
    made, _ = Project.objects.get_or_create(
        key=_key(n),
        defaults={"name": f"{BRANDS[n % len(BRANDS)]} shop", "region": settings.REGIONS[n % len(settings.REGIONS)]},
    )
    return made


def _developer(project: Project) -> Actor:
    return actors.client("review-world", project_key=project.key)


def _application(n: int) -> dict[str, object]:
    kind = ("service", "event", "job")[n % 3]
    return {
        "applicationName": "service",
        "applicationType": kind,
        "standardConfiguration": [{"key": "REGION", "description": "The region", "required": True, "default": "eu"}],
        "securedConfiguration": [{"key": "API_KEY", "description": "The key of the provider", "required": True}],
    }


def _files(n: int, version: int) -> dict[str, str]:
    check = "verify(request)\n" if version else ""
    return {
        "README.md": f"# Connector {n}\n\n## Installation\n\nDeploy it, then enter the key of the provider.\n",
        "LICENSE": "MIT License\n\nPermission is granted to everybody.\n",
        "connect.yaml": "deployAs:\n  - name: service\n    applicationType: service\n    endpoint: /service\n",
        "service/package.json": '{"name": "service"}\n',
        "service/package-lock.json": json.dumps(_lock(n, version), indent=2),
        "service/src/index.js": f"const n = {n}\n{check}export function handle(order) {{\n  console.log(order)\n}}\n",
        "service/test/index.test.js": "test('handles an order', () => {})\n",
    }


def _lock(n: int, version: int) -> dict[str, object]:
    """Return an npm lock file; a later version updates one package, adds one and removes one."""
    packages = {"express": f"4.{17 + version}.{n % 3}", "undici": "6.19.8", "old" if not version else "new": "1.0.0"}
    return {
        "name": "service",
        "lockfileVersion": 3,
        "packages": {f"node_modules/{name}": {"version": number} for name, number in packages.items()},
    }


def _key(n: object) -> str:
    return f"review-world-{n}"


def exists() -> bool:
    """Return whether this sample data is complete."""
    return Event.objects.filter(name=MADE).exists()
