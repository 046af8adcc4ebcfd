"""Convert pasted repository addresses into those that the contract accepts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.conf import settings

from validator.source import addresses

_PREFIXES = re.compile(
    r"(?:git\+)?(?:https?|git|ssh)://(?:[^@/\s]*@)?(?:www\.)?|(?P<scp>git@)|(?:www\.)?", re.IGNORECASE
)
_COMMAND = re.compile(r"\A(?:git|gh repo) clone\s+(?!-)")
_TAG_PAGES = re.compile(r"(?:releases/tag|archive/refs/tags)/(?P<tag>.+)")
_REF_PAGES = frozenset(
    {"tree", "blob", "raw", "blame", "edit", "commits", "find", "archive", "zipball", "tarball", "download"}
)
_VERSION = re.compile(r"[vV]?\d+(?:\.\d+)+(?:[-+][\w.+-]+)?")
_PORT = re.compile(r"[^/]+:\d+/")
_ARCHIVE = re.compile(r"\.(?:zip|tar\.gz)\Z")


@dataclass(frozen=True)
class Pasted:
    """A normalized address, and the tag if the address had one.

    Pages of releases have one, and so do pages of folders, files or archives whose ref looks like a version, and
    fragments. Any other ref may be a branch, and may contain slashes: `refs` are the candidates, the longest first, for
    a caller that knows the tags.
    """

    url: str
    tag: str = ""
    refs: tuple[str, ...] = field(default=(), compare=False)


def read(text: str) -> Pasted:
    """Return the pasted text as an accepted address; text that is not a repository is returned unchanged.

    Understood are browser addresses (including releases and folders), what "Clone" buttons copy (also as a command),
    `git+https://…` from a package.json, `git@host:owner/name`, `host/owner/name` and `owner/name`. An address that is
    already accepted stays exactly as it is.
    """
    text = _COMMAND.sub("", text.strip(), count=1).strip("<>\"'").strip()
    if not text or addresses.problem_of_url(text, allowed_hosts=settings.GIT_HOSTS) is None:
        return Pasted(text)
    ssh = bool(re.match(r"(?:git\+)?ssh://|git@", text, re.IGNORECASE))
    rest, _, fragment = text[_end_of_prefix(text) :].partition("#")
    rest = rest.partition("?")[0]
    if _PORT.match(rest):
        return Pasted(text)
    if ssh:
        rest = rest.replace(":", "/", 1)
    parts = [part for part in rest.split("/") if part]
    if parts and parts[0].lower() not in {host.lower() for host in settings.GIT_HOSTS} and len(parts) == 2:
        parts = [settings.GIT_HOSTS[0], *parts]
    if len(parts) < 3:
        return Pasted(text)
    host, owner, name = parts[0].lower(), parts[1], parts[2].removesuffix(".git")
    url = f"git@{host}:{owner}/{name}.git" if ssh else f"https://{host}/{owner}/{name}.git"
    if addresses.problem_of_url(url, allowed_hosts=settings.GIT_HOSTS) is not None:
        return Pasted(text)
    refs = _refs_in(parts[3:] or ["tree", fragment])
    return Pasted(url, _tag_in("/".join(parts[3:])) or next(filter(_VERSION.fullmatch, refs), ""), refs)


def _end_of_prefix(text: str) -> int:
    match = _PREFIXES.match(text)
    return match.end() if match else 0


def _tag_in(path: str) -> str:
    match = _TAG_PAGES.fullmatch(path)
    if match is None:
        return ""
    tag = _ARCHIVE.sub("", unquote(match["tag"]))
    return tag if addresses.problem_of_tag(tag) is None else ""


def _refs_in(parts: list[str]) -> tuple[str, ...]:
    """Return the candidate refs of a file page: the parts after `tree`, all of them first, then fewer."""
    if parts[:1] == ["releases"]:
        parts = parts[1:]
    if len(parts) < 2 or parts[0] not in _REF_PAGES:
        return ()
    names = [unquote(part) for part in parts[1:]]
    if parts[0] == "archive":
        names[-1] = _ARCHIVE.sub("", names[-1])
    if names[:2] == ["refs", "tags"]:
        names = names[2:]
    refs = ("/".join(names[:end]) for end in range(len(names), 0, -1))
    return tuple(ref for ref in refs if addresses.problem_of_tag(ref) is None)
