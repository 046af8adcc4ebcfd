"""What can be seen of a repository while somebody fills in the form: its tags, and the connect.yaml of one.

It is a convenience with a short time limit; what counts is the worker's later run.
`connectors.fetches.repository_previews` lets a worker do it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

from accounts import sealing
from accounts.models import Project
from connectors.drafts import repository_address
from connectors.runs import engine
from validator import pipeline
from validator.process import never
from validator.results import Outcome
from validator.source import addresses, git

FETCH_SECONDS = 8.0
RUN_SECONDS = 12.0
MOST_TAGS = 100
LONGEST_TAG = 256


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


@dataclass(frozen=True)
class Question:
    """The repository and the tag of a preview.

    `refs` are the tags that the address may name, `problem` is why there can be no preview.
    """

    url: str
    tag: str
    refs: tuple[str, ...]
    problem: str


def wanted(text: str, *, tag: str) -> Question:
    """Return what a typed or pasted repository and tag ask for."""
    found = repository_address.read(text)
    tag = (tag.strip() or found.tag)[:LONGEST_TAG]
    problem = addresses.problem_of_url(found.url, allowed_hosts=settings.GIT_HOSTS) or ""
    return Question(url=found.url, tag=tag, refs=(found.tag, *found.refs) if found.tag else found.refs, problem=problem)


def read(
    url: str, *, tag: str, refs: Sequence[str], project: Project, stop: Callable[[], bool] = never
) -> RepositoryPreview:
    """Ask the host of a repository for its tags, and read connect.yaml at one. Takes seconds: for a worker.

    Raises StoppedError when `stop` returns true.
    """
    address = addresses.parse(url, allowed_hosts=settings.GIT_HOSTS)
    slug = f"{address.owner}/{address.name}"
    try:
        quick = replace(engine.settings_for(project, url=url), fetch_seconds=FETCH_SECONDS, run_seconds=RUN_SECONDS)
    except sealing.Broken:
        return RepositoryPreview(
            url=url, slug=slug, tag=tag, problem="The Project’s deploy key can no longer be decrypted."
        )
    probe = git.probe(url, settings=quick, stop=stop)
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
    report = pipeline.validate(url, tag, certification=False, settings=quick, stop=stop, only_specification=True)
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


def restored(found: Mapping[str, Any]) -> RepositoryPreview:
    """Return a preview that was stored as JSON."""
    data = dict(found)
    for name in ("tags", "configurations", "specification_problems"):
        data[name] = tuple(data[name])
    return RepositoryPreview(**data)
