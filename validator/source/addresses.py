"""Addresses and tag names that may be stored and fetched: one set of rules for the API, the forms and the worker.

Everything here is pure: no name is resolved, no host is contacted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from validator.knowledge.characters import FILLERS

MAX_URL = 2048
MAX_TAG = 256

# Owner and repository are matched as GitHub allows them; a leading dash would be an option to git or ssh.
_OWNER = r"(?P<owner>[A-Za-z0-9_][A-Za-z0-9_.-]{0,99})"
_NAME = r"(?P<name>[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99})"
_HOST = r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}))"
_FORMS = (
    ("https", re.compile(rf"https://{_HOST}/{_OWNER}/{_NAME}")),
    ("ssh", re.compile(rf"git@{_HOST}:{_OWNER}/{_NAME}")),
    ("ssh", re.compile(rf"ssh://git@{_HOST}/{_OWNER}/{_NAME}")),
)
_TAG_PUNCTUATION = frozenset("._-+/@#=,%")
_LINK_FORBIDDEN = frozenset(" \"'<>\\^`{|}")


@dataclass(frozen=True)
class Address:
    """A repository as its parts; `scheme` is https or ssh, `name` is without `.git`."""

    scheme: str
    host: str
    owner: str
    name: str


def parse(url: object, *, allowed_hosts: Sequence[str]) -> Address:
    """Parse a repository URL.

    Accepted are `https://HOST/OWNER/NAME`, `git@HOST:OWNER/NAME` and `ssh://git@HOST/OWNER/NAME`, each with or
    without `.git`, of an allowed host. Raises ValueError with a sentence that says what is expected.
    """
    if not isinstance(url, str):
        # Callers catch one kind of error for every refusal.
        raise ValueError("The repository URL must be a string.")  # noqa: TRY004
    if not url:
        raise ValueError("The repository URL is empty.")
    if len(url) > MAX_URL:
        raise ValueError(f"The repository URL is longer than {MAX_URL} characters.")
    hosts = " or ".join(allowed_hosts)
    expected = (
        f"Expected an HTTPS or SSH address of a repository on {hosts}, such as https://{allowed_hosts[0]}/owner/name.git"
        f" or git@{allowed_hosts[0]}:owner/name.git, without credentials, port, query or fragment."
    )
    scheme, match = next(((scheme, found) for scheme, form in _FORMS if (found := form.fullmatch(url))), ("", None))
    if match is None:
        raise ValueError(expected)
    host = match["host"].lower()
    if host not in {allowed.lower() for allowed in allowed_hosts}:
        raise ValueError(f"The repository's host is not allowed. {expected}")
    owner, name = match["owner"], match["name"].removesuffix(".git")
    if not name.strip(".") or ".." in owner or owner.endswith("."):
        raise ValueError(expected)
    return Address(scheme, host, owner, name)


def problem_of_url(url: object, *, allowed_hosts: Sequence[str]) -> str | None:
    """Return what is wrong with a repository URL, or None when it may be stored and fetched."""
    try:
        parse(url, allowed_hosts=allowed_hosts)
    except ValueError as error:
        return str(error)
    return None


def problem_of_tag(tag: object) -> str | None:
    """Return what is wrong with the name of a Git tag, or None when it may be stored and fetched.

    The rules are those of `git check-ref-format` for `refs/tags/TAG`, without a leading dash and with letters,
    digits of any script and the characters `. _ - + / @ # = , %` only.
    """
    if not isinstance(tag, str):
        return "The tag must be a string."
    if not tag:
        return "The tag is empty."
    if len(tag) > MAX_TAG or len(tag.encode("utf-8", "surrogatepass")) > MAX_TAG:
        return f"The tag is longer than {MAX_TAG} characters."
    if not all(char in _TAG_PUNCTUATION or unicodedata.category(char)[0] in "LN" for char in tag):
        return "The tag may contain only letters, digits and . _ - + / @ # = , %, such as 1.0.0 or v1.2.3."
    if any(char in FILLERS for char in tag):
        return "The tag contains an invisible letter (a Hangul filler), so that two tags would look alike."
    if tag[0] == "-" or tag == "@":
        return "The tag must not begin with a dash and must not be @."
    if ".." in tag or tag.endswith("."):
        return "The tag must not contain two dots in a row and must not end in a dot."
    for part in tag.split("/"):
        if not part or part.startswith(".") or part.endswith(".lock"):
            return "No part of the tag between slashes may be empty, begin with a dot or end in .lock."
    return None


def problem_of_link(url: object) -> str | None:
    """Return what is wrong with a link that pages will show (documentation, support, logo), or None when it is
    valid."""
    expected = "Expected a web address that begins with https:// or http://, such as https://www.example.com/support."
    if not isinstance(url, str):
        return "The link must be a string."
    if len(url) > MAX_URL:
        return f"The link is longer than {MAX_URL} characters."
    if not url.isprintable() or not _LINK_FORBIDDEN.isdisjoint(url):
        return f"The link contains a space, a quote or a control character. {expected}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return expected
    if parts.scheme not in ("https", "http") or not url[len(parts.scheme) :].startswith("://"):
        return expected
    if not host or port == 0 or not re.fullmatch(r"[\w.:-]+", host) or not host.strip(".-:"):
        return expected
    if "@" in parts.netloc:
        return f"The link must not contain a user name or password. {expected}"
    return None


def web_url(url: str, *, allowed_hosts: Sequence[str] = ("github.com",)) -> str:
    """Return the address of the repository's page in a browser; raises ValueError as `parse` does."""
    address = parse(url, allowed_hosts=allowed_hosts)
    return f"https://{address.host}/{address.owner}/{address.name}"


def permalink(
    url: str, *, commit: str, path: str, line: int | None = None, allowed_hosts: Sequence[str] = ("github.com",)
) -> str:
    """Return the address of a file, or of one line of it, at a commit."""
    anchor = f"#L{line}" if line else ""
    return f"{web_url(url, allowed_hosts=allowed_hosts)}/blob/{quote(commit, safe='')}/{quote(path)}{anchor}"
