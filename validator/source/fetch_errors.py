"""Why a repository or a tag could not be read, in words for the developer."""

from __future__ import annotations

import logging
import re
import signal
from typing import Final

from validator.process import Finished

log = logging.getLogger(__name__)


class FetchError(Exception):
    """The repository or the tag cannot be read. `rule` names the finding, `fix` says what the developer can do."""

    rule = "repository-not-fetched"
    fix = "Check the repository's address and the tag, and try again."

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix or type(self).fix


class NotReachableError(FetchError):
    """The address does not lead to a repository that we may read."""

    rule = "repository-not-reachable"
    fix = (
        "Check the address. A private repository needs its SSH address (git@github.com:owner/name.git) and the"
        " Project's deploy key added to the repository."
    )


class TagMissingError(FetchError):
    """The repository has no such tag."""

    rule = "repository-tag-missing"
    fix = "Push the tag with `git push origin TAG`, or enter a tag that exists."


class TagNotCommitError(FetchError):
    """The tag points to something other than a commit."""

    rule = "repository-tag-not-commit"
    fix = "Create the tag on a commit with `git tag TAG COMMIT`, and push it."


class LimitExceededError(FetchError):
    """The repository needs more time or space than a connector may."""

    rule = "repository-limit"
    fix = "Remove generated files, dependencies and large media from the repository, and create a new tag."


class UnsafeRepositoryError(FetchError):
    """The repository contains names or objects that are damaged or deceptive."""

    rule = "repository-unsafe"
    fix = "Remove the damaged or misleading entry (`git fsck --full` names it), and create a new tag."


class FetchFaultError(FetchError):
    """The fault is ours: git is missing, the disk is full. The check did not fail, it did not run."""

    rule = "repository-fault"
    fix = "Nothing is wrong with the repository as far as we know. Try again later."


def tag_missing(ref: str) -> TagMissingError:
    """Return the error that names the missing tag."""
    name = ref.removeprefix("refs/tags/")
    return TagMissingError(f"The tag {name} was not found in the repository.")


# How a program ends that used up its CPU seconds: by the kernel's warning, or by its kill.
_KILLED: Final = (-signal.SIGXCPU, -signal.SIGKILL)

_COMPLAINTS: Final[tuple[tuple[str, type[FetchError], str], ...]] = (
    (
        r"no space left|disk quota",
        FetchFaultError,
        "The repository could not be fetched, because this server's disk is full.",
    ),
    (
        r"fsck error|error: object [0-9a-f]{40,64}: \w+:",
        UnsafeRepositoryError,
        "The repository contains an object that is damaged or unsafe.",
    ),
    (
        r"corruption on the remote side|did not send all necessary objects",
        UnsafeRepositoryError,
        "The repository is damaged: an object that the tag needs is missing.",
    ),
    (
        r"out of memory|cannot allocate|signal (?:25|24|9)|file size limit|inflate: out|bigger than|pack exceeds",
        LimitExceededError,
        "The repository is too large to be fetched.",
    ),
    (
        r"host key verification failed|host key is known|remote host identification has changed",
        NotReachableError,
        "The repository's host does not have its known SSH key, so it was not contacted.",
    ),
    (
        r"permission denied|could not read username|could not read password|terminal prompts disabled"
        r"|authentication failed|error: 40[13]|access denied|publickey",
        NotReachableError,
        "The repository was not found, or it cannot be read without credentials.",
    ),
    (
        r"redirect|error: 30[12378]|update url base",
        NotReachableError,
        "The repository's address redirects to another one. Redirects are not followed.",
    ),
    (
        r"not found|does not exist|does not appear to be a git repository|no such file|error: 404|not valid: is this",
        NotReachableError,
        "The repository was not found at its address.",
    ),
    (
        r"too slow|timed out|timeout",
        NotReachableError,
        "The repository's server is too slow: fetching timed out.",
    ),
    (
        r"could not resolve|failed to connect|couldn't connect|connection|unable to access|error: 5\d\d|ssl|tls"
        r"|early eof|hung up|bad line length|invalid index-pack|unexpected disconnect|protocol error|transport",
        NotReachableError,
        "The repository cannot be reached, or its server does not answer as a Git server does.",
    ),
)


def error_of(ended: Finished, *, ref: str, size: int = 0, limit: int = 0) -> FetchError:
    """Turn git's messages (in English, because of LC_ALL) into our own; nothing of them is passed on.

    `size` is the largest file that git wrote, `limit` the size at which the system stops it.
    """
    # For the operator only: a server or a repository may have put anything into this text.
    log.info("Git ended with %s: %r", ended.code, ended.complaint[-1000:])
    said = ended.complaint.lower()
    if "couldn't find remote ref" in said:
        return tag_missing(ref) if ref.startswith("refs/tags/") else TagMissingError("The repository has no commit.")
    if limit and size >= limit - 65_536:
        return LimitExceededError(f"The repository is too large: the tag needs more than {limit // 1_000_000} MB.")
    if ended.code in _KILLED:
        return LimitExceededError("The repository takes too much computing time to be fetched.")
    for pattern, kind, message in _COMPLAINTS:
        if re.search(pattern, said):
            return kind(message)
    return NotReachableError("The repository could not be fetched.")
