"""One tag of a repository, resolved once, fetched alone, and read without a checkout by git.

Failures are FetchErrors with a text for the developer, which never contains output of git or a server.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from validator.isolation import choice
from validator.isolation.room import Room
from validator.process import (
    Child,
    Cover,
    DeadlinePassedError,
    Finished,
    Limits,
    NotInstalledError,
    OutputTooLargeError,
    ProcessError,
    never,
    run,
)
from validator.results import EngineSettings
from validator.source import addresses, transport
from validator.source.fetch_errors import (
    FetchError,
    FetchFaultError,
    LimitExceededError,
    NotReachableError,
    TagMissingError,
    TagNotCommitError,
    UnsafeRepositoryError,
    error_of,
    tag_missing,
)
from validator.source.transport import Target
from validator.source.tree import (
    LISTING_LIMITS,
    OBJECT_LIMITS,
    GitTree,
    Listing,
    TreeRefusedError,
    list_files,
    rows_of,
)
from validator.source.workspace import WorkspaceError, sweep, workspace

__all__ = [
    "FetchError",
    "FetchFaultError",
    "GitTree",
    "LimitExceededError",
    "NotReachableError",
    "Probe",
    "Tag",
    "TagMissingError",
    "TagNotCommitError",
    "UnsafeRepositoryError",
    "checkout",
    "checkout_folder",
    "list_tags",
    "probe",
    "reopen",
    "resolve",
    "sweep",
]

# Bytes of address space for each git process, whatever a server sends.
_FETCH_LIMITS: Final = Limits(output=1_000_000, memory=256_000_000, cpu_seconds=60)
_REFS_LIMITS: Final = Limits(output=8_000_000, memory=256_000_000, file_size=1_000_000, cpu_seconds=20)
_REFS_SECONDS: Final = 20.0
_MAX_TAGS: Final = 5000
_PINNED: Final = "refs/connector/tag"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True)
class Tag:
    """A tag and the commit (or other object) that it points to."""

    name: str
    commit: str


@dataclass(frozen=True)
class Probe:
    """The result of probing a repository: its tags, the newest version first, or why it cannot be read."""

    tags: tuple[Tag, ...] = ()
    problem: str = ""
    fix: str = ""

    @property
    def reachable(self) -> bool:
        """True when the repository can be read."""
        return not self.problem


@contextmanager
def checkout(
    url: str, tag: str, *, settings: EngineSettings, deadline: float | None = None, stop: Callable[[], bool] = never
) -> Iterator[GitTree]:
    """Fetch one tag and yield the files of its commit; remove everything at the end.

    The tag is looked up once, as `refs/tags/TAG` and nothing else. `deadline` is a moment of `time.monotonic()` after
    which no file is read. Raises FetchError, and StoppedError when `stop` returns true.
    """
    if problem := addresses.problem_of_tag(tag):
        raise TagMissingError(problem)
    goal = _target(url, settings=settings)
    with _checkout(goal, f"refs/tags/{tag}", settings=settings, deadline=deadline, stop=stop) as tree:
        yield tree


@contextmanager
def checkout_folder(
    folder: Path, tag: str | None, *, settings: EngineSettings, deadline: float | None = None
) -> Iterator[GitTree]:
    """Fetch a tag, or the current commit, of a repository on this machine, as `checkout` does.

    For people who check their own work; never used for a stored address. Raises FetchError.
    """
    if tag is not None and (problem := addresses.problem_of_tag(tag)):
        raise TagMissingError(problem)
    goal = transport.folder_target(folder)
    ref = f"refs/tags/{tag}" if tag is not None else "HEAD"
    with _checkout(goal, ref, settings=settings, deadline=deadline, stop=never) as tree:
        yield tree


def list_tags(url: str, *, settings: EngineSettings, stop: Callable[[], bool] = never) -> tuple[Tag, ...]:
    """Return the tags of a repository, the newest version first, at most 5000 of them. Raises FetchError."""
    goal = _target(url, settings=settings)
    refs = _remote_refs(goal, ["--tags"], settings=settings, stop=stop)
    found = [Tag(name.removeprefix("refs/tags/"), oid) for name, oid in refs.items() if name.startswith("refs/tags/")]
    return tuple(sorted(found, key=lambda tag: _version_key(tag.name), reverse=True)[:_MAX_TAGS])


def probe(url: str, *, settings: EngineSettings, stop: Callable[[], bool] = never) -> Probe:
    """Return whether a repository can be read, and which tags it has; problems are returned, not raised."""
    try:
        return Probe(tags=list_tags(url, settings=settings, stop=stop))
    except FetchError as error:
        return Probe(problem=error.message, fix=error.fix)


def resolve(url: str, tag: str, *, settings: EngineSettings, stop: Callable[[], bool] = never) -> str:
    """Return the commit that a tag currently points to, without fetching it. Raises FetchError."""
    if problem := addresses.problem_of_tag(tag):
        raise TagMissingError(problem)
    goal = _target(url, settings=settings)
    ref = f"refs/tags/{tag}"
    refs = _remote_refs(goal, [ref, f"{ref}^{{}}"], settings=settings, stop=stop)
    if ref not in refs:
        raise tag_missing(ref)
    return refs[ref]


def _target(url: str, *, settings: EngineSettings) -> Target:
    try:
        return transport.target(url, settings=settings)
    except transport.AddressRefusedError as error:
        raise NotReachableError(str(error)) from error
    except transport.HostUnknownError as error:
        raise NotReachableError("The repository's host cannot be reached: its name does not resolve.") from error


@contextmanager
def _workspace(settings: EngineSettings) -> Iterator[Path]:
    if shutil.which("git") is None:
        raise FetchFaultError("The repository could not be fetched, because this server has no Git.")
    try:
        with workspace(settings.checkout_dir) as folder:
            yield folder
    except WorkspaceError as error:
        raise FetchFaultError("The repository could not be fetched, because this server's disk is full.") from error


@contextmanager
def _checkout(
    goal: Target, ref: str, *, settings: EngineSettings, deadline: float | None, stop: Callable[[], bool]
) -> Iterator[GitTree]:
    """Fetch a ref into a bare repository of our own, check its list of files, and yield the files that may be read."""
    end = time.monotonic() + settings.run_seconds if deadline is None else deadline
    fetch_end = min(end, time.monotonic() + settings.fetch_seconds)
    with _workspace(settings) as folder:
        try:
            repository = _Repository(folder, goal, settings=settings, stop=stop)
            commit, tree, listing = repository.fetch(ref, deadline=fetch_end)
        except DeadlinePassedError as error:
            message = f"The repository could not be fetched in time: the limit is {settings.fetch_seconds:.0f} seconds."
            raise LimitExceededError(
                f"{message} Fetching timed out.", fix="Try again, or make the repository smaller."
            ) from error
        except OutputTooLargeError as error:
            raise LimitExceededError("The repository has too many files, or names that are too long.") from error
        except TreeRefusedError as error:
            message = str(error)
            raise (LimitExceededError if " too " in message else UnsafeRepositoryError)(message) from error
        except (ProcessError, OSError) as error:
            raise FetchFaultError(
                "The repository could not be fetched, because Git could not run on this server."
            ) from error
        # The Project's key is no longer needed; nothing that runs after this may find it.
        (folder / transport.KEY_FILE).unlink(missing_ok=True)
        with reopen(
            folder, commit=commit, tree=tree, listing=listing, deadline=end, settings=settings, stop=stop
        ) as found:
            yield found


@contextmanager
def reopen(
    folder: Path,
    *,
    commit: str,
    tree: str,
    listing: Listing,
    deadline: float,
    settings: EngineSettings,
    stop: Callable[[], bool] = never,
) -> Iterator[GitTree]:
    """Read a commit that was fetched into this workspace; another process may do this while the checkout is open."""
    repository = _Repository(folder, transport.NOWHERE, settings=settings, stop=stop)
    found = GitTree(
        commit=commit,
        tree=tree,
        listing=listing,
        open_objects=lambda: repository.start(
            "cat-file", "--batch", deadline=deadline, limits=OBJECT_LIMITS, has_input=True
        ),
        folder=folder,
    )
    try:
        yield found
    finally:
        found.close()


class _Repository:
    """A bare repository below a workspace, in which git can be run."""

    def __init__(self, folder: Path, goal: Target, *, settings: EngineSettings, stop: Callable[[], bool]) -> None:
        self._goal = goal
        self._settings = settings
        self._stop = stop
        self._path = folder / "repository.git"
        self._environment = transport.environment(goal, folder=folder, settings=settings)
        self._empty = folder / "empty"
        self._empty.mkdir(mode=0o700, exist_ok=True)
        self._git = transport.arguments(goal)
        self._folder = folder
        self._isolation = choice.chosen(settings.isolation)

    @cached_property
    def _room(self) -> Room:
        """Return what git sees here, once everything is written that we write ourselves."""
        if self._goal == transport.NOWHERE:
            return self._isolation.room(self._folder, hidden=self._settings.hidden)
        return transport.room(self._goal, folder=self._folder, settings=self._settings, isolation=self._isolation)

    def _cover(self, *, network: bool) -> Cover:
        return self._isolation.cover(self._room if network else self._room.with_network(False))

    def start(self, *argv: str, deadline: float, limits: Limits, has_input: bool = False) -> Child:
        """Start git in the repository, without a network."""
        return Child(
            [*self._git, f"--git-dir={self._path}", *argv],
            env=self._environment,
            cwd=self._empty,
            deadline=deadline,
            limits=limits,
            stop=self._stop,
            has_input=has_input,
            cover=self._cover(network=False),
        )

    def run(
        self, *argv: str, deadline: float, limits: Limits, data: bytes | None = None, network: bool = False
    ) -> Finished:
        """Run git in the repository until it ends, with the network of the repository's host or without any."""
        return run(
            [*self._git, f"--git-dir={self._path}", *argv],
            env=self._environment,
            cwd=self._empty,
            deadline=deadline,
            limits=limits,
            stop=self._stop,
            data=data,
            cover=self._cover(network=network),
        )

    def fetch(self, ref: str, *, deadline: float) -> tuple[str, str, Listing]:
        """Fetch a ref and return the ids of commit and tree and the list of files."""
        # Nothing of the repository is here yet, so there is nothing to keep this one from.
        init = [*self._git, f"--git-dir={self._path}", "init", "--quiet", "--bare", "--template="]
        made = run(init, env=self._environment, cwd=self._empty, deadline=deadline, limits=_REFS_LIMITS)
        if made.code != 0:
            raise FetchFaultError("The repository could not be fetched, because Git could not run on this server.")
        most = self._settings.max_fetch_bytes
        fetched = self.run(
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--end-of-options",
            self._goal.url,
            f"+{ref}:{_PINNED}",
            deadline=deadline,
            limits=replace(_FETCH_LIMITS, file_size=most),
            network=True,
        )
        if fetched.code != 0:
            raise error_of(fetched, ref=ref, size=_largest_file(self._path), limit=most)
        self._require_exactly(ref)
        commit, tree = self._peel(deadline=deadline)
        with self.start(
            "ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit, deadline=deadline, limits=LISTING_LIMITS
        ) as child:
            listing = list_files(rows_of(child.chunks()), settings=self._settings)
            code, _ = child.finish()
        if code != 0:
            raise LimitExceededError("The list of the repository's files is too large or damaged.")
        return commit, tree, listing

    def _require_exactly(self, ref: str) -> None:
        """Raise TagMissingError when Git fetched another ref than the requested one.

        A full ref name can also be a short one: without `refs/tags/1.0.0`, Git uses `refs/tags/refs/tags/1.0.0`
        instead, or a branch of that name. FETCH_HEAD has the name of the ref that was fetched.
        """
        fetched = (self._path / "FETCH_HEAD").read_text(encoding="utf-8", errors="replace")
        described = fetched.partition("\n")[0].split("\t", 2)[-1]
        tag = ref.removeprefix("refs/tags/")
        is_it = (
            described.startswith(f"tag '{tag}' of ") if tag != ref else not described.startswith(("tag '", "branch '"))
        )
        if not is_it:
            raise tag_missing(ref) if tag != ref else TagMissingError("The repository has no commit.")

    def _peel(self, *, deadline: float) -> tuple[str, str]:
        """Return the commit and tree that the fetched tag points to."""
        asked = f"{_PINNED}^{{commit}}\n{_PINNED}^{{tree}}\n".encode()
        answered = self.run("cat-file", "--batch-check", deadline=deadline, limits=_REFS_LIMITS, data=asked)
        rows = [row.split() for row in answered.output.decode("ascii", "replace").splitlines()]
        if len(rows) != 2 or [row[1] for row in rows if len(row) == 3] != ["commit", "tree"]:
            raise TagNotCommitError("The tag does not point to a commit.")
        commit, tree = rows[0][0], rows[1][0]
        if not (_COMMIT.fullmatch(commit) and _COMMIT.fullmatch(tree)):
            raise TagNotCommitError("The tag does not point to a commit.")
        return commit, tree


def _remote_refs(
    goal: Target, patterns: list[str], *, settings: EngineSettings, stop: Callable[[], bool]
) -> dict[str, str]:
    """Ask a server for refs and return ref -> object; annotated tags are resolved to their target."""
    deadline = time.monotonic() + min(_REFS_SECONDS, settings.fetch_seconds)
    options = [part for part in patterns if part.startswith("--")]
    with _workspace(settings) as folder:
        environment = transport.environment(goal, folder=folder, settings=settings)
        isolation = choice.chosen(settings.isolation)
        cover = isolation.cover(transport.room(goal, folder=folder, settings=settings, isolation=isolation))
        try:
            answered = run(
                [
                    *transport.arguments(goal),
                    "ls-remote",
                    *options,
                    "--end-of-options",
                    goal.url,
                    *(part for part in patterns if part not in options),
                ],
                env=environment,
                cwd=folder,
                deadline=deadline,
                limits=_REFS_LIMITS,
                stop=stop,
                cover=cover,
            )
        except DeadlinePassedError as error:
            raise LimitExceededError("The repository did not answer in time: asking for its tags timed out.") from error
        except OutputTooLargeError as error:
            raise LimitExceededError(
                "The repository has too many tags to list.", fix="Enter the tag by hand."
            ) from error
        except NotInstalledError as error:
            raise FetchFaultError("The repository could not be read, because this server has no Git.") from error
    if answered.code != 0:
        raise error_of(answered, ref="")
    found: dict[str, str] = {}
    for row in answered.output.decode("utf-8", "replace").splitlines():
        oid, _, name = row.partition("\t")
        if _COMMIT.fullmatch(oid):
            found[name.removesuffix("^{}")] = oid
    return found


_PRERELEASE_LAST: Final = (1,)
_VERSION = re.compile(r"(?:.*[/@])?[vV]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")


def _version_key(name: str) -> tuple[object, ...]:
    """Return a key that sorts by version in ascending order (Semantic Versioning 2.0.0, 11), other names first."""
    match = _VERSION.fullmatch(name)
    if match is None:
        return (0, (), name)
    numbers = tuple(int(part or 0) for part in match.groups()[:3])
    prerelease = tuple(
        (0, int(part), "") if part.isdigit() and len(part) < 10 else (1, 0, part)
        for part in (match[4] or "").split(".")
        if part
    )
    return (1, (numbers, (0, prerelease) if prerelease else _PRERELEASE_LAST), name)


def _largest_file(folder: Path) -> int:
    """Return the size of the largest file, which shows whether a limit stopped the fetch."""
    return max((path.stat().st_size for path in folder.rglob("*") if path.is_file()), default=0)
