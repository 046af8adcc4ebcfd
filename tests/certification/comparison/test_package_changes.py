"""The packages of two ends."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from accounts.models import User
from certification.comparison import package_changes, revisions
from certification.comparison.package_changes import LockFile
from certification.evidence import machine_evidence
from certification.models import Round
from connectors.runs import snapshots
from tests import factory
from tests.certification.world import FILES, Problem, World

pytestmark = pytest.mark.django_db

LOCK = "service/package-lock.json"


def lock(**packages: str) -> str:
    """Return a lock file of npm with these packages; `dev_` before a name marks one for development."""
    rows = {
        f"node_modules/{name.removeprefix('dev_')}": {"version": version, "dev": name.startswith("dev_")}
        for name, version in packages.items()
    }
    return json.dumps({"lockfileVersion": 3, "packages": rows})


def updated(
    world: World, reviewer: User, before: str | bytes | None, after: str | bytes | None, *problems: Problem
) -> None:
    """Certify a lock file and submit another one."""
    world.tag("1.0.0", {**FILES, LOCK: before} if before is not None else FILES)
    draft = world.certified(reviewer)
    world.tag("1.1.0", {LOCK: after})
    factory.act(draft, {"action": "setRepository", "tag": "1.1.0"})
    factory.publish(draft, certification=True)
    world.admitted(draft, problems=problems)


def found(base: str = "", head: str = "") -> list[LockFile]:
    row = Round.objects.order_by("-number")[0]
    listed = package_changes.lock_files(
        revisions.compare(row, base=base, head=head), evidence=machine_evidence.gather(row, now=timezone.now())
    )
    assert listed is not None
    return listed


def test_packages_are_added_removed_and_bumped(world: World, reviewer: User) -> None:
    updated(
        world,
        reviewer,
        lock(express="4.17.0", left="1.0.0", same="2.0.0", dev_jest="29.0.0"),
        lock(express="4.19.2", right="0.1.0", same="2.0.0", dev_jest="29.1.0"),
    )

    (file,) = found()

    assert (file.path, file.problem) == (LOCK, "")
    assert [(row.name, row.kind, row.before, row.after, row.development) for row in file.rows] == [
        ("right", "added", (), ("0.1.0",), False),
        ("express", "bumped", ("4.17.0",), ("4.19.2",), False),
        ("left", "removed", ("1.0.0",), (), False),
        ("jest", "bumped", ("29.0.0",), ("29.1.0",), True),
    ]
    assert file.counts == (("added", 1), ("bumped", 2), ("removed", 1))


def test_advisories_stand_beside_the_package_they_are_about(world: World, reviewer: User) -> None:
    problem = Problem(
        check="dependencies",
        rule="dependency-high",
        severity="warning",
        path=LOCK,
        package="pkg:npm/express",
        advisory="GHSA-1",
        snippet="express 4.18.0",
    )
    updated(world, reviewer, lock(express="4.17.0", a="1.0.0"), lock(express="4.18.0", a="1.0.1"), problem)

    (file,) = found()

    assert [(row.name, [one.finding.advisory for one in row.advisories]) for row in file.rows] == [
        ("express", ["GHSA-1"]),
        ("a", []),
    ]


def test_advisories_of_the_round_say_nothing_about_other_tags(world: World, reviewer: User) -> None:
    problem = Problem(check="dependencies", severity="warning", path=LOCK, package="pkg:npm/a", advisory="GHSA-1")
    updated(world, reviewer, lock(a="1.0.0"), lock(a="1.1.0"), problem)

    (file,) = found("tag:1.1.0", "tag:1.0.0")

    assert [(row.before, row.after, row.advisories) for row in file.rows] == [(("1.1.0",), ("1.0.0",), ())]


def test_several_versions_of_a_package_are_one_row(world: World, reviewer: User) -> None:
    nested = json.loads(lock(a="1.0.0"))
    nested["packages"]["node_modules/b/node_modules/a"] = {"version": "2.0.0"}
    updated(world, reviewer, lock(a="1.0.0"), json.dumps(nested))

    (file,) = found()

    assert [(row.before, row.after) for row in file.rows] == [(("1.0.0",), ("1.0.0", "2.0.0"))]


def test_a_first_submission_adds_everything(world: World) -> None:
    world.tag("1.0.0", {**FILES, LOCK: lock(a="1.0.0")})
    world.submitted()

    (file,) = found()

    assert file.application == "service"
    assert [(row.name, row.kind) for row in file.rows] == [("a", "added")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "The file is not valid JSON."),
        (b"\0\1", "The file is not text, or is too large to store."),
        ("[]", "The file is not a JSON object."),
    ],
)
def test_a_lock_file_that_cannot_be_read_is_named(
    world: World, reviewer: User, content: str | bytes, problem: str
) -> None:
    updated(world, reviewer, lock(a="1.0.0"), content)

    assert [(file.rows, file.problem) for file in found()] == [((), problem)]


def test_a_large_lock_file_is_kept_and_compared(world: World, reviewer: User) -> None:
    large = lock(**{f"package-with-a-long-name-{n}": "1.0.0" for n in range(20_000)})
    assert len(large) > snapshots.MAX_FILE
    updated(
        world, reviewer, large, large.replace('long-name-7": {"version": "1.0.0"', 'long-name-7": {"version": "1.0.1"')
    )

    assert [row.name for file in found() for row in file.rows] == ["package-with-a-long-name-7"]


def test_lock_files_of_tests_and_copies_of_packages_are_left_out(world: World) -> None:
    world.tag("1.0.0", {**FILES, "service/node_modules/a/package-lock.json": lock(a="1"), f"tests/{LOCK}": lock(b="1")})
    world.submitted()

    assert found() == []


def test_only_so_many_rows_are_listed_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_changes, "MOST_ROWS", 2)
    world.tag("1.0.0", {**FILES, LOCK: lock(a="1", b="1", c="1")})
    world.submitted()

    assert [(len(file.rows), file.hidden, file.counts) for file in found()] == [(2, 1, (("added", 3),))]
