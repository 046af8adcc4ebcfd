"""A quick look at a repository while somebody fills in the form: can it be read, which tags, what says connect.yaml.

It is a courtesy within a short time; what counts is the run that the worker makes later.
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
"""Seconds for which the same look is answered from memory."""

LOOKS = Limit(times=20, seconds=60)
"""Looks of one person."""

AT_ONCE = 2
"""Looks of one person at the same moment: each holds a thread of the web server until the repository's host answers."""

PLACE_SECONDS = 60.0
"""Longer than any look takes."""

_process = threading.BoundedSemaphore(4)
"""Looks of everybody at the same moment in this process, which has more threads than these."""


@dataclass(frozen=True)
class Look:
    """What was found. `problem` and `fix` are sentences; `needs_key` says that a deploy key may be missing.

    `tag` is the one that was asked for, or the newest when none was; `named` is the one that the address names.
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
        """Return how the connector may be called: the repository's name in plain words."""
        words = re.sub(r"[-_.\s]+", " ", self.slug.rpartition("/")[2]).strip()
        return words[:1].upper() + words[1:]


class TooMany(Exception):
    """Somebody looked too often, or too many look at the same moment; the text says when to go on."""


def look(text: str, *, tag: str, project: Project, by: User) -> Look:
    """Look at a repository as it was typed or pasted, and at a tag of it. Takes seconds; raises TooMany."""
    found = repository_address.read(text)
    tag = tag.strip() or found.tag
    if problem := addresses.problem_of_url(found.url, allowed_hosts=settings.GIT_HOSTS):
        return Look(url=found.url, tag=tag, problem=problem)
    refs = (found.tag, *found.refs) if found.tag else found.refs
    key = _key(project, found.url, "\0".join((tag, *refs)))
    if (known := cache.get(key)) is not None:
        return _restored(known)
    with under_way(by):
        _count(by)
        result = _look(found.url, tag=tag, refs=refs, project=project)
    cache.set(key, json.dumps(asdict(result)), timeout=REMEMBERED)
    return result


def _look(url: str, *, tag: str, refs: Sequence[str], project: Project) -> Look:
    address = addresses.parse(url, allowed_hosts=settings.GIT_HOSTS)
    slug = f"{address.owner}/{address.name}"
    try:
        quick = replace(engine.settings_for(project, url=url), fetch_seconds=FETCH_SECONDS, run_seconds=RUN_SECONDS)
    except sealing.Broken:
        return Look(url=url, slug=slug, tag=tag, problem="The Project’s deploy key cannot be opened any more.")
    probe = git.probe(url, settings=quick)
    seen = Look(url=url, slug=slug, tag=tag, tags=tuple(row.name for row in probe.tags[:MOST_TAGS]))
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
    """Hold one of the places for looks while somebody's is under way; raise TooMany at once when none is free."""
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
    """Count one look of somebody; raise TooMany beyond the limit."""
    if settings.RATE_LIMITS and (seconds := rate_limits.take(LOOKS, f"looks:{by.pk}")):
        raise TooMany(f"Too many looks in a row. Go on in {seconds} seconds.")


def _key(project: Project, url: str, tag: str) -> str:
    digest = hashlib.sha256(f"{project.pk}\0{url}\0{tag}".encode()).hexdigest()
    return f"probe:{digest}"


def _restored(text: str) -> Look:
    data = json.loads(text)
    for name in ("tags", "configurations", "specification_problems"):
        data[name] = tuple(data[name])
    return Look(**data)
