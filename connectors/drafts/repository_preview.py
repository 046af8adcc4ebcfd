"""Preview a repository while somebody fills in the form: whether it can be read, its tags, its connect.yaml.

It is a convenience with a short time limit; what counts is the worker's later run.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.cache import cache

from accounts import sealing
from accounts.access import rate_limits
from accounts.access.rate_limits import Limit
from accounts.models import Project, User
from connectors.drafts import repository_address
from connectors.runs import engine
from validator import pipeline
from validator.results import Outcome
from validator.source import addresses, git

FETCH_SECONDS = 8.0
RUN_SECONDS = 12.0
MOST_TAGS = 100
REMEMBERED = 30
"""For how many seconds a preview is cached."""

LOOKS = Limit(times=20, seconds=60)
"""The limit on previews by one person."""

AT_ONCE = 2
"""Concurrent previews of one person: each holds a thread of the web server until the repository's host answers."""

PLACE_SECONDS = 60.0
"""Longer than any preview takes."""

_process = threading.BoundedSemaphore(4)
"""Concurrent previews of everybody in this process, which has more threads than that."""


@dataclass(frozen=True)
class RepositoryPreview:
    """The result. `problem` and `fix` are sentences; `needs_key` means that a deploy key may be missing.

    `tag` is the requested one, or else the newest; `named` is the one in the address.
    """

    url: str = ""
    slug: str = ""
    tag: str = ""
    named: str = ""
    tags: tuple[str, ...] = ()
    problem: str = ""
    fix: str = ""
    needs_key: bool = False
    unknown_tag: bool = False
    configurations: tuple[Mapping[str, Any], ...] = ()
    common: Mapping[str, Any] | None = None
    specification_problems: tuple[str, ...] = field(default=())
    read: bool = False

    @property
    def name(self) -> str:
        """Return a suggested connector name: the repository's name as words."""
        words = re.sub(r"[-_.\s]+", " ", self.slug.rpartition("/")[2]).strip()
        return words[:1].upper() + words[1:]


class TooMany(Exception):
    """Too many previews by one person or at the same time; the text says when to retry."""


def look(text: str, *, tag: str, project: Project, by: User) -> RepositoryPreview:
    """Preview a typed or pasted repository and one of its tags. Takes seconds; raises TooMany."""
    found = repository_address.read(text)
    tag = tag.strip() or found.tag
    if problem := addresses.problem_of_url(found.url, allowed_hosts=settings.GIT_HOSTS):
        return RepositoryPreview(url=found.url, tag=tag, problem=problem)
    refs = (found.tag, *found.refs) if found.tag else found.refs
    key = _key(project, found.url, "\0".join((tag, *refs)))
    if (known := cache.get(key)) is not None:
        return _restored(known)
    with under_way(by):
        _count(by)
        result = _look(found.url, tag=tag, refs=refs, project=project)
    cache.set(key, json.dumps(asdict(result)), timeout=REMEMBERED)
    return result


def _look(url: str, *, tag: str, refs: Sequence[str], project: Project) -> RepositoryPreview:
    address = addresses.parse(url, allowed_hosts=settings.GIT_HOSTS)
    slug = f"{address.owner}/{address.name}"
    try:
        quick = replace(engine.settings_for(project, url=url), fetch_seconds=FETCH_SECONDS, run_seconds=RUN_SECONDS)
    except sealing.Broken:
        return RepositoryPreview(
            url=url, slug=slug, tag=tag, problem="The Project’s deploy key can no longer be decrypted."
        )
    probe = git.probe(url, settings=quick)
    seen = RepositoryPreview(url=url, slug=slug, tag=tag, tags=tuple(row.name for row in probe.tags[:MOST_TAGS]))
    if not probe.reachable:
        return replace(seen, problem=probe.problem, fix=probe.fix, needs_key=not quick.ssh_key)
    names = [row.name for row in probe.tags]
    named = next((ref for ref in refs if ref in names), "")
    if not tag and names:
        tag = named or names[0]
    seen = replace(seen, tag=tag, named=named)
    if not tag:
        return seen
    if tag not in names:
        return replace(seen, unknown_tag=True)
    report = pipeline.validate(url, tag, certification=False, settings=quick, only_specification=True)
    problems = [
        f"{finding.message} {finding.fix}".strip() for result in report.results for finding in result.findings
    ] + [result.detail for result in report.results if result.outcome is Outcome.DID_NOT_RUN and result.detail]
    if report.specification is None:
        return replace(seen, read=True, specification_problems=tuple(problems[:20]))
    common = report.specification.global_configuration
    return replace(
        seen,
        read=True,
        configurations=tuple(dict(row) for row in report.specification.configurations),
        common=dict(common) if common else None,
        specification_problems=tuple(problems[:20]),
    )


@contextmanager
def under_way(by: User) -> Iterator[None]:
    """Hold one of the slots for previews; raise TooMany at once when none is free."""
    with rate_limits.place(f"looking:{by.pk}", places=AT_ONCE, seconds=PLACE_SECONDS) as free:
        if not free:
            raise TooMany("Your last repositories are still being read. Try again in a few seconds.")
        if not _process.acquire(blocking=False):
            raise TooMany("Too many repositories are being read right now. Try again in a few seconds.")
        try:
            yield
        finally:
            _process.release()


def _count(by: User) -> None:
    """Count one preview by somebody; raise TooMany beyond the limit."""
    if settings.RATE_LIMITS and (seconds := rate_limits.take(LOOKS, f"looks:{by.pk}")):
        raise TooMany(f"Too many requests. Try again in {seconds} seconds.")


def _key(project: Project, url: str, tag: str) -> str:
    digest = hashlib.sha256(f"{project.pk}\0{url}\0{tag}".encode()).hexdigest()
    return f"probe:{digest}"


def _restored(text: str) -> RepositoryPreview:
    data = json.loads(text)
    for name in ("tags", "configurations", "specification_problems"):
        data[name] = tuple(data[name])
    return RepositoryPreview(**data)
