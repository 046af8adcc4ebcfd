"""The code of a round against another commit."""

from __future__ import annotations

import time
from pathlib import PurePath

import pytest
from django.utils import timezone

from accounts.models import User
from certification.comparison import changed_files, revisions, tag_fetches
from certification.comparison.changed_files import FileChange, FileDifference
from certification.decisions import changes
from certification.evidence import machine_evidence
from certification.models import Round
from certification.rounds import conversation, submissions
from tests import factory
from tests.certification.world import FILES, Problem, World

pytestmark = pytest.mark.django_db


def row() -> Round:
    return Round.objects.order_by("-number")[0]


def changed(base: str = "") -> dict[str, FileChange]:
    found = changed_files.changes(
        revisions.compare(row(), base=base), evidence=machine_evidence.gather(row(), now=timezone.now())
    )
    assert found is not None
    return {change.path: change for change in found}


def difference(path: str, base: str = "") -> FileDifference:
    return changed_files.difference(
        changed(base)[path],
        revisions.compare(row(), base=base),
        evidence=machine_evidence.gather(row(), now=timezone.now()),
    )


def updated(world: World, reviewer: User, files: dict[str, str | bytes | None]) -> None:
    """Certify version 1.0.0 and submit 1.1.0 with these files changed."""
    draft = world.certified(reviewer)
    world.tag("1.1.0", files)
    factory.act(draft, {"action": "setRepository", "tag": "1.1.0"})
    factory.publish(draft, certification=True)
    world.admitted(draft)


def test_a_first_submission_is_all_new(world: World) -> None:
    world.submitted()

    assert {path: change.kind for path, change in changed().items()} == dict.fromkeys(sorted(FILES), "added")


def test_an_update_is_compared_with_the_certified_commit(world: World, reviewer: User) -> None:
    updated(
        world,
        reviewer,
        {
            "service/src/index.js": "const port = 8080\nlisten(port)\n",
            "service/src/new.js": "new\n",
            "LICENSE": None,
            "docs/README.md": FILES["README.md"],
            "README.md": None,
            "logo.png": b"\x89PNG\0",
        },
    )

    found = changed()

    assert {path: change.kind for path, change in found.items()} == {
        "LICENSE": "removed",
        "docs/README.md": "renamed",
        "logo.png": "added",
        "service/src/index.js": "changed",
        "service/src/new.js": "added",
    }
    assert found["docs/README.md"].old_path == "README.md"
    assert [base.name for base in revisions.bases(row())] == ["certified", "previous", "nothing"]


def test_one_file_shows_what_changed(world: World, reviewer: User) -> None:
    updated(world, reviewer, {"service/src/index.js": "const port = 8080\nlisten(port)\n", "logo.png": b"\x89PNG\0"})

    found = difference("service/src/index.js").difference

    assert found is not None
    assert [(line.sign, line.text) for line in found.hunks[0].lines] == [
        (" ", "const port = 8080"),
        ("-", "console.log(port)"),
        ("+", "listen(port)"),
    ]
    assert (found.added, found.removed) == (1, 1)
    assert "not text" in difference("logo.png").problem


def test_the_last_round_is_another_base(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    world.tag("1.0.1", {"README.md": "# Better\n"})
    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    world.admitted(draft)

    assert set(changed("previous")) == {"README.md"}
    assert set(changed("nothing")) == set(FILES)
    # Nothing was certified yet: what changed since the last round comes first.
    assert set(changed()) == {"README.md"}


def test_what_was_said_stands_at_its_line_even_in_a_file_that_did_not_change(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer, problems=[Problem(check="static-analysis", severity="warning", line=2)])
    conversation.remark(draft.pk, by=reviewer, path="service/src/index.js", line=2, text="Why log it?")
    conversation.request(draft.pk, by=reviewer, path="README.md", text="Explain more.")
    changes.request_changes(draft.pk, by=reviewer)
    world.tag("1.0.1", {"LICENSE": "Apache\n"})
    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    world.admitted(draft, problems=[Problem(check="static-analysis", severity="warning", line=2)])

    found = changed("previous")
    shown = difference("service/src/index.js", "previous")

    assert {path: change.kind for path, change in found.items()} == {
        "LICENSE": "changed",
        "README.md": "same",
        "service/src/index.js": "same",
    }
    assert (found["README.md"].requests, found["service/src/index.js"].findings) == (1, 1)
    assert shown.spoken[2].findings[0].since == "still there"
    assert shown.difference is not None
    assert [line.new for line in shown.difference.hunks[0].lines] == [1, 2]


def test_a_secret_is_shown_masked(world: World) -> None:
    secret = "const key = 'sk_live_0123456789'"
    world.tag("1.0.0", {**FILES, "a.js": f"{secret}\nuse(key)\n{secret}\n"})
    world.submitted(problems=[Problem(path="a.js", line=1, snippet="const key = 'sk_live_•••'")])

    found = difference("a.js").difference

    assert found is not None
    shown = [line.text for line in found.hunks[0].lines]
    assert shown == ["const key = 'sk_live_•••'", "use(key)", "••••••"]


def test_a_secret_that_was_removed_or_never_checked_is_masked_too(world: World, reviewer: User) -> None:
    token = "ghp_" + "Zq3vB8kLm2Xw9RtY5uHs7NcD4fGj6PaE1oIU"
    secret = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7"
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{secret}\n-----END RSA PRIVATE KEY-----"
    draft = world.certified(reviewer, tag="1.0.0")
    world.tag("1.0.0-old", {"a.js": f"const t = '{token}'\nuse(t)\n", "key.pem": f"{key}\n"})
    world.tag("1.1.0", {"a.js": "const t = process.env.TOKEN\nuse(t)\n", "key.pem": None})
    factory.act(draft, {"action": "setRepository", "tag": "1.1.0"})
    factory.publish(draft, certification=True)
    world.admitted(draft)
    tag_fetches.work(tag_fetches.ask(draft, tag="1.0.0-old", by="Rita").pk)

    found = difference("a.js", "tag:1.0.0-old").difference
    gone = difference("key.pem", "tag:1.0.0-old").difference

    assert found is not None
    assert gone is not None
    assert [line.text for line in found.hunks[0].lines] == [
        "const t = 'ghp_********'",
        "const t = process.env.TOKEN",
        "use(t)",
    ]
    assert secret not in "".join(line.text for line in gone.hunks[0].lines)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("package-lock.json", "lock file"),
        ("service/yarn.lock", "lock file"),
        ("service/node_modules/a/index.js", "copy of a package"),
        ("app/dist/main.js", "generated"),
        ("a.min.js", "generated"),
        ("src/index.js", ""),
        ("src/distance/a.js", ""),
    ],
)
def test_what_nobody_reads_line_by_line_is_folded(path: str, why: str) -> None:
    assert changed_files.folded(path) == why


def test_a_commit_that_was_not_kept_has_no_difference(world: World) -> None:
    world.submitted()
    Round.objects.update(tree="e" * 40)

    assert (
        changed_files.changes(revisions.compare(row()), evidence=machine_evidence.gather(row(), now=timezone.now()))
        is None
    )


def test_two_thousand_files_are_listed_in_no_time(world: World) -> None:
    world.tag("1.0.0", {**FILES, **{f"service/src/m{n}/a.js": f"let n = {n}\n" for n in range(2000)}})
    world.submitted()
    started = time.process_time()

    assert len(changed()) == 2000 + len(FILES)

    assert time.process_time() - started < 1


def test_what_is_no_regular_file_is_shown_as_what_it_is(world: World, reviewer: User) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 12345\n"
    draft = world.certified(reviewer)
    world.tag(
        "1.1.0",
        {
            "README.md": PurePath("docs/README.md"),
            "docs/README.md": FILES["README.md"],
            "service/src/outside.js": PurePath("/etc/hostname"),
            "service/src/big.js": pointer,
        },
        submodule=("service/sdk", "1" * 40),
    )
    factory.act(draft, {"action": "setRepository", "tag": "1.1.0"})
    factory.publish(draft, certification=True)
    world.admitted(draft)

    notes = {path: change.note for path, change in changed().items()}

    assert notes == {
        "README.md": "symbolic link to docs/README.md",
        "docs/README.md": "",
        "service/sdk": f"submodule at commit {'1' * 40}",
        "service/src/big.js": "pointer of Git LFS",
        "service/src/outside.js": "symbolic link to /etc/hostname",
    }
    shown = difference("service/src/outside.js").difference
    assert shown is not None
    assert [line.text for hunk in shown.hunks for line in hunk.lines] == ["symbolic link to /etc/hostname"]


def test_lines_have_colors_but_for_those_that_are_masked(world: World, reviewer: User) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    updated(world, reviewer, {"service/index.js": f"const a = 'b';\nconst token = '{secret}';\n"})

    found = difference("service/index.js").difference

    assert found is not None
    added = {line.new: line for hunk in found.hunks for line in hunk.lines if line.sign == "+"}
    assert ("str", "'b'") in added[1].pieces
    assert added[2].pieces == ()
    assert secret not in repr(found)
