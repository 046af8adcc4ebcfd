"""The two ends of a code comparison: a round, the certified commit, nothing, or a tag of the repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from accounts.models import User
from certification.comparison import tag_fetches
from certification.models import Answer, Look, Round
from connectors.models import ConnectorStaged, Release, Snapshot, ValidationRun

NOTHING = "nothing"
CERTIFIED = "certified"
PREVIOUS = "previous"
ROUND = "round"
TAG = "tag:"

MOST_NAMES = 300
"""Tags that a field suggests; any other can be typed."""


@dataclass(frozen=True)
class Revision:
    """One end: its name in the URL, its label, and its tree. `kept` is false when its files must be fetched first.

    `note` is a remark for the reader, such as that the tag now leads to another commit.
    """

    name: str
    label: str
    tree: str = ""
    commit: str = ""
    kept: bool = True
    note: str = ""

    @property
    def tag(self) -> str:
        """The name of the tag, when the end was chosen as one."""
        return self.name.removeprefix(TAG) if self.name.startswith(TAG) else ""


@dataclass(frozen=True)
class Comparison:
    """What is compared with what in a review."""

    row: Round
    base: Revision
    head: Revision

    @property
    def is_of_round(self) -> bool:
        """Whether the head is the round's own commit: only there do findings and comments match their lines."""
        return self.head.name == ROUND

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The URL parameters of this comparison."""
        head = {} if self.is_of_round else {"head": self.head.name}
        return {"base": self.base.name, **head, "round": str(self.row.number)}

    @property
    def missing(self) -> list[Revision]:
        """The ends whose files must be fetched first."""
        return [end for end in (self.base, self.head) if not end.kept]


def bases(row: Round, *, by: User | None = None) -> list[Revision]:
    """Return what a round can be compared with, the default first: the last certified commit, else nothing.

    Rounds with the same files come last, because they show no difference: an appeal is about the refused commit. The
    last round in which `by` took part is marked as theirs.
    """
    found: list[Revision] = []
    release = Release.objects.filter(draft_id=row.draft_id, certified=True)
    if row.decided_at is not None:
        release = release.filter(released_at__lt=row.decided_at)
    last = release.order_by("-number").first()
    if last is not None:
        found.append(Revision(CERTIFIED, f"Certified version {last.tag}", last.tree, last.commit))
    earlier = Round.objects.filter(draft_id=row.draft_id, number__lt=row.number).order_by("-number")
    rounds = [other for other in earlier if other.tree]
    own = _last_of(by, rounds)
    for n, other in enumerate(rounds):
        label = f"Round {other.number}, {other.tag}{' (your last)' if other.pk == own else ''}"
        found.append(Revision(PREVIOUS if n == 0 else f"round-{other.number}", label, other.tree, other.commit))
    found.append(Revision(NOTHING, "Nothing: every file is new"))
    return sorted(found, key=lambda end: bool(end.tree) and end.tree == row.tree)


def compare(row: Round, *, base: str = "", head: str = "", by: User | None = None) -> Comparison:
    """Return the comparison between these names, by default between the default base and the round's own commit."""
    offered = bases(row, by=by)
    return Comparison(row, _named(row, base, offered) or offered[0], _named(row, head, offered) or own_end(row))


def own_end(row: Round) -> Revision:
    """Return the round's own commit as an end."""
    return Revision(ROUND, f"Round {row.number}, {row.tag}", row.tree, row.commit)


def tag_names(draft: ConnectorStaged) -> list[str]:
    """Return the tags that the portal knows, those of the repository's own list first."""
    listed = tag_fetches.get(draft)
    known = [name for name, _ in listed.tags] if listed else []
    seen = ValidationRun.objects.filter(draft=draft, url=draft.repository_url).order_by("-queued_at")
    fetched = Look.objects.filter(draft=draft, url=draft.repository_url, state=Look.State.DONE).exclude(tag="")
    others = (*seen.values_list("tag", flat=True)[:50], *fetched.values_list("tag", flat=True)[:50])
    return list(dict.fromkeys((*known, *others)))[:MOST_NAMES]


def of_tag(row: Round, tag: str) -> Revision:
    """Return a tag as an end, with its files if any run or fetch stored them."""
    name, label = TAG + tag, f"Tag {tag}"
    listed = tag_fetches.get(row.draft)
    now = dict(listed.tags).get(tag, "") if listed else ""
    found = list(_copies(row.draft, tag, commit=now))
    here = next(((tree, commit) for tree, commit in found if commit == now), found[0] if found else None)
    if here is None:
        return Revision(name, label, kept=False)
    tree, commit = here
    moved = f"{tag} now leads to {now[:10]}. This page shows {commit[:10]}." if now and now != commit else ""
    return Revision(name, label, tree, commit, note=moved)


def _named(row: Round, name: str, offered: list[Revision]) -> Revision | None:
    if name.startswith(TAG) and len(name) > len(TAG):
        return of_tag(row, name[len(TAG) :])
    return next((end for end in offered if end.name == name), None)


def _copies(draft: ConnectorStaged, tag: str, *, commit: str) -> Iterator[tuple[str, str]]:
    """Yield tree and commit of what is stored for a tag and for the commit that it leads to, the newest first."""
    wanted = Q(tag=tag, url=draft.repository_url)
    runs = ValidationRun.objects.filter(wanted | Q(commit=commit) if commit else wanted, draft=draft)
    rows = [
        *Look.objects.filter(wanted, draft=draft).exclude(tree="").values_list("since", "tree", "commit"),
        *runs.exclude(tree="").exclude(finished_at=None).values_list("finished_at", "tree", "commit")[:20],
    ]
    kept = set(Snapshot.objects.filter(tree__in=[tree for _, tree, _ in rows]).values_list("tree", flat=True))
    for _, tree, found in sorted(rows, reverse=True):
        if tree in kept:
            yield tree, found


def _last_of(by: User | None, rounds: list[Round]) -> int | None:
    """Return the id of the newest of these rounds in which somebody took part."""
    if by is None or not rounds:
        return None
    spoke = set(Answer.objects.filter(round__in=rounds, by=by).values_list("round_id", flat=True))
    return next((other.pk for other in rounds if other.pk in spoke or other.decided_by_id == by.pk), None)
