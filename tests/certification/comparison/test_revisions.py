"""What can be compared with what."""

from __future__ import annotations

import pytest

from accounts.models import User
from certification.comparison import revisions, tag_fetches
from certification.decisions import question
from certification.models import Look, Round
from certification.rounds import submissions
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def row() -> Round:
    return Round.objects.order_by("-number")[0]


def test_a_tag_that_was_submitted_is_kept_without_a_look(world: World) -> None:
    world.submitted("1.0.0")

    end = revisions.of_tag(row(), "1.0.0")

    assert (end.name, end.kept, end.note) == ("tag:1.0.0", True, "")
    assert (end.tree, end.commit) == (row().tree, row().commit)


def test_any_other_tag_has_to_be_fetched_first(world: World) -> None:
    world.submitted("1.0.0")
    commit = world.tag("0.9.0", {"README.md": "old"})

    assert not revisions.of_tag(row(), "0.9.0").kept
    assert [end.tag for end in revisions.compare(row(), base="tag:0.9.0").missing] == ["0.9.0"]

    tag_fetches.work(tag_fetches.ask(row().draft, tag="0.9.0", by="Rita").pk)

    assert revisions.of_tag(row(), "0.9.0").commit == commit
    assert revisions.compare(row(), base="tag:0.9.0", head="tag:1.0.0").missing == []


def test_another_name_of_a_known_commit_needs_no_fetch(world: World) -> None:
    world.submitted("1.0.0")
    world.git("tag", "latest", "1.0.0")
    tag_fetches.work(tag_fetches.ask(row().draft, by="Rita").pk)

    end = revisions.of_tag(row(), "latest")

    assert (end.kept, end.commit) == (True, row().commit)


def test_a_tag_that_moved_since_it_was_fetched_says_so(world: World) -> None:
    world.submitted("1.0.0")
    moved = world.tag("1.0.0", {"README.md": "other"})
    tag_fetches.work(tag_fetches.ask(row().draft, by="Rita").pk)

    end = revisions.of_tag(row(), "1.0.0")

    assert end.kept
    assert end.note == f"1.0.0 now leads to {moved[:10]}. This page shows {row().commit[:10]}."


def test_a_tag_of_another_repository_is_not_taken_for_this_one(world: World) -> None:
    draft = world.submitted("1.0.0")
    Look.objects.create(
        draft=draft, url="https://github.com/acme/other.git", tag="2.0.0", state="done", tree=row().tree
    )

    assert not revisions.of_tag(row(), "2.0.0").kept


def test_the_names_are_those_of_the_repository_then_those_of_runs(world: World) -> None:
    draft = world.submitted("1.0.0")
    assert revisions.tag_names(draft) == ["1.0.0"]
    for name in ("1.10.0", "1.9.0"):
        world.tag(name)
    world.git("tag", "--delete", "1.0.0")
    tag_fetches.work(tag_fetches.ask(draft, by="Rita").pk)

    assert revisions.tag_names(draft) == ["1.10.0", "1.9.0", "1.0.0"]


def test_the_round_in_which_somebody_spoke_last_is_marked_as_theirs(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    question.ask(draft.pk, by=reviewer, message="Why?")
    world.tag("1.0.1", {"README.md": "# Better\n"})
    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    world.admitted(draft)

    labels = {end.name: end.label for end in revisions.bases(row(), by=reviewer)}

    assert labels["previous"] == "Round 1, 1.0.0 (your last)"
    assert revisions.bases(row(), by=world.person("Tom"))[0].label == "Round 1, 1.0.0"


@pytest.mark.parametrize("name", ["", "tag:", "round-99", "nonsense"])
def test_a_name_that_says_nothing_is_the_usual_comparison(world: World, name: str) -> None:
    world.submitted()

    compared = revisions.compare(row(), base=name, head=name)

    assert (compared.base.name, compared.head.name, compared.is_of_round) == ("nothing", "round", True)
