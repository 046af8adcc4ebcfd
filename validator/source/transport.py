"""Turn a stored address into the one that is fetched, and build the environment in which git may fetch it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from validator.isolation.choice import Isolation
from validator.isolation.room import Room, beside
from validator.process import search_path
from validator.public_addresses import is_public
from validator.results import EngineSettings
from validator.source import addresses

# The keys that GitHub publishes for ssh://github.com; their SHA256 fingerprints are
# +DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU (Ed25519), p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM (ECDSA)
# and uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s (RSA).
GITHUB_KNOWN_HOSTS: Final = """\
github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl
github.com ecdsa-sha2-nistp256 \
AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v\
0mKV0U2w0WZ2YB/++Tpockg=
github.com ssh-rsa \
AAAAB3NzaC1yc2EAAAADAQABAAABgQCj7ndNxQowgcQnjshcLrqPEiiphnt+VTTvDP6mHBL9j1aNUkY4Ue1gvwnGLVlOhGeYrnZaMgRK6+PKCUXaDbC7\
qtbW8gIkhL7aGCsOr/C56SJMy/BCZfxd1nWzAOxSDPgVsmerOBYfNqltV9/hWCqBywINIR+5dIg6JTJ72pcEpEjcYgXkE2YEFXV1JHnsKgbLWNlhScqb\
2UmyRkQyytRLtL+38TGxkxCflmO+5Z8CSSNY7GidjMIZ7Q4zMjA2n1nGrlTDkzwDCsw+wqFPGQA179cnfGWOWRVruj16z6XyvxvjJwbz0wQZ75XK5tKS\
b7FNyeIEs4TT4jk+S4dhPeAUC5y+bDYirYgM4GC7uEnztnZyaVWQ7B381AK4Qdrwt51ZqExKbQpTUNn+EjqoTwvqNj4kqx5QUCI0ThS/YkOxJCXmPUWZ\
bhjpCg56i+2aB6CmK2JGhn57K5mj0MNdBXA4/WnwH6XoPWJzK5Nyu2zB3nAZp+S5hpQs+p1vN1/wsjk=
"""

KEY_FILE: Final = "key"
"""The name of the deploy key's file below a workspace."""

# The operator's proxy settings are the only part of our environment that git gets to see.
_FILES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO")
_KEPT: Final = ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", *_FILES)
_SCHEME = re.compile(r"(?P<scheme>https|http|ssh|file)://(?P<rest>.+)", re.DOTALL)
_SCP_FORM = re.compile(r"[A-Za-z0-9._-]+@(?P<host>[A-Za-z0-9.-]+):[^:].*", re.DOTALL)

# Findings of git's own object check in old but harmless histories; we read none of these fields.
_OLD_HABITS: Final = (
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badName",
    "badTimezone",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "missingTaggerEntry",
    "multipleAuthors",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
)
_CONFIGURATION: Final = (
    "advice.detachedHead=false",
    "core.askPass=",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    # Git streams larger blobs, so that one of them does not fill the memory.
    "core.bigFileThreshold=1m",
    "core.deltaBaseCacheLimit=16m",
    "core.excludesFile=/dev/null",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.packedGitLimit=64m",
    "core.packedGitWindowSize=8m",
    "core.symlinks=false",
    "credential.helper=",
    "fetch.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "fetch.unpackLimit=1",
    "fetch.writeCommitGraph=false",
    "filter.lfs.process=",
    "filter.lfs.smudge=",
    "gc.auto=0",
    "http.followRedirects=false",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=15",
    "http.maxRequests=1",
    "maintenance.auto=false",
    "pack.threads=1",
    "protocol.version=2",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
    "transfer.bundleURI=false",
    "transfer.credentialsInUrl=die",
    "transfer.fsckObjects=true",
    "transfer.unpackLimit=1",
    *(f"fetch.fsck.{name}=ignore" for name in _OLD_HABITS),
)


class AddressRefusedError(Exception):
    """The address must not be contacted; the text is a sentence for the developer."""


class HostUnknownError(Exception):
    """The name of the host does not resolve."""


@dataclass(frozen=True)
class Target:
    """What git gets: a URL of one scheme, its host, and the host's IP addresses when they are pinned."""

    url: str
    scheme: str
    host: str = ""
    pinned: tuple[str, ...] = ()


NOWHERE: Final = Target("", "none")
"""No URL at all: for git commands that only read local objects."""


def target(url: str, *, settings: EngineSettings) -> Target:
    """Turn a stored repository URL into the address to fetch.

    The operator's rewrites come first (longest prefix wins, as with git's insteadOf); only they can lead to plain HTTP,
    to a local folder or to a private network. Without a deploy key, an SSH address is read over HTTPS, so that public
    repositories work in either form. Raises AddressRefusedError and HostUnknownError.
    """
    try:
        address = addresses.parse(url, allowed_hosts=settings.allowed_hosts)
    except ValueError as error:
        raise AddressRefusedError(str(error)) from error
    candidates = [url]
    if address.scheme == "ssh" and not settings.ssh_key:
        candidates.append(f"https://{address.host}/{address.owner}/{address.name}.git")
    for candidate in candidates:
        if (rewritten := rewrite(candidate, rewrites=settings.url_rewrites)) is not None:
            return _trusted(rewritten)
    scheme = "https" if len(candidates) > 1 else address.scheme
    if scheme == "https" and any(os.environ.get(name) for name in ("https_proxy", "HTTPS_PROXY")):
        # The operator's proxy resolves the name, and decides what may be reached.
        return Target(candidates[-1], scheme, address.host)
    return Target(candidates[-1], scheme, address.host, public_addresses(address.host))


def folder_target(folder: Path) -> Target:
    """Return the target for a local repository that its owner named; never for a stored URL."""
    return _trusted(folder.resolve().as_uri())


def rewrite(url: str, *, rewrites: Mapping[str, str]) -> str | None:
    """Replace the longest prefix that the operator rewrites, or return None when there is none."""
    matching = [prefix for prefix in rewrites if prefix and url.startswith(prefix)]
    if not matching:
        return None
    prefix = max(matching, key=len)
    return rewrites[prefix] + url[len(prefix) :]


def _trusted(url: str) -> Target:
    """Return the target of an address that the operator chose; raises AddressRefusedError when git must not use it."""
    if match := _SCHEME.fullmatch(url):
        host = match["rest"].partition("/")[0].rpartition("@")[2]
        if not match["rest"].startswith("-") and not host.startswith("-"):
            return Target(url, match["scheme"], host)
    elif match := _SCP_FORM.fullmatch(url):
        return Target(url, "ssh", match["host"])
    raise AddressRefusedError("The rewritten address of the repository cannot be fetched.")


def public_addresses(host: str) -> tuple[str, ...]:
    """Resolve a host and return its addresses; raise AddressRefusedError when any of them is not public.

    Raises HostUnknownError when the name does not resolve.
    """
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostUnknownError(host) from error
    resolved = tuple(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in found))
    if not all(is_public(address) for address in resolved):
        raise AddressRefusedError(
            "The repository's host has an address inside a private network, which is not fetched."
        )
    return resolved


def arguments(goal: Target) -> list[str]:
    """Return `git` with settings that give a hostile repository or server no influence."""
    options = list(_CONFIGURATION)
    if goal.scheme == "https" and goal.pinned:
        # The checked addresses are the ones that are contacted, even if the name resolves differently a second later.
        listed = ",".join(f"[{address}]" if ":" in address else address for address in goal.pinned)
        options.append(f"http.curloptResolve={goal.host}:443:{listed}")
    return ["git", *(part for option in options for part in ("-c", option))]


def environment(goal: Target, *, folder: Path, settings: EngineSettings) -> dict[str, str]:
    """Return the complete environment for git, and write the files that it names into `folder`.

    Only PATH and the operator's proxy and certificates are taken from the server's environment, and no more than PATH
    for commands that read local objects; these need no file either.
    """
    home = folder / "home"
    if goal == NOWHERE:
        return _environment(goal, home=home, configuration=Path(os.devnull))
    home.mkdir(mode=0o700, exist_ok=True)
    configuration = home / "gitconfig"
    # A mirror on this machine may belong to another user; the operator named it, so git may read it.
    configuration.write_text("[safe]\n\tdirectory = *\n" if goal.scheme == "file" else "")
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **_environment(goal, home=home, configuration=configuration),
        "GIT_SSH_COMMAND": shlex.join(_ssh(folder, settings=settings)),
        "GIT_SSH_VARIANT": "ssh",
    }


def room(goal: Target, *, folder: Path, settings: EngineSettings, isolation: Isolation) -> Room:
    """Return what git sees while it talks to the repository's host: its folder, certificates, and a local mirror.

    The operator names the mirror, which may lie among the portal's data, as that of the demo does. SSH looks up the
    name of its user, and a mirror may be closed to others, so both keep ours.
    """
    readable = [Path(path) for name in _FILES if (path := os.environ.get(name))]
    mirror = _mirror(Path(unquote(urlsplit(goal.url).path))) if goal.scheme == "file" else ()
    for program in ("git", "ssh"):
        readable += beside(shutil.which(program))
    return isolation.room(
        folder,
        writable=[folder],
        readable=readable,
        hidden=settings.hidden,
        granted=mirror,
        network=goal.scheme != "file",
        own_user=goal.scheme in ("http", "https"),
    )


def _mirror(folder: Path) -> Iterator[Path]:
    """Yield the folders of a local repository: its own, that of its work tree, and those whose objects it borrows."""
    yield folder
    places = [folder, folder / ".git"]
    if (folder / ".git").is_file():
        linked = folder / (folder / ".git").read_text().removeprefix("gitdir:").strip()
        common = linked / "commondir"
        places.append((linked / common.read_text().strip()).resolve() if common.is_file() else linked)
        yield from (linked, places[-1])
    for place in places:
        listed = place / "objects" / "info" / "alternates"
        if listed.is_file():
            yield from (place / "objects" / line for line in listed.read_text().splitlines() if line)


def _environment(goal: Target, *, home: Path, configuration: Path) -> dict[str, str]:
    return {
        "PATH": search_path(),
        "LC_ALL": "C",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_ALLOW_PROTOCOL": goal.scheme,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(configuration),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _ssh(folder: Path, *, settings: EngineSettings) -> Sequence[str]:
    """Return the ssh command with the Project's key and pinned host keys only."""
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(settings.known_hosts.strip() + "\n" if settings.known_hosts.strip() else GITHUB_KNOWN_HOSTS)
    options = {
        "BatchMode": "yes",
        "CheckHostIP": "no",
        "ClearAllForwardings": "yes",
        "ConnectTimeout": "10",
        "GlobalKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PasswordAuthentication": "no",
        "PermitLocalCommand": "no",
        "ProxyCommand": "none",
        "ServerAliveInterval": "10",
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
        "UserKnownHostsFile": f'"{known_hosts}"',
    }
    command = ["ssh", "-F", "/dev/null", "-T", "-a", "-x"]
    if settings.ssh_key:
        key = folder / KEY_FILE
        handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(settings.ssh_key.replace("\r\n", "\n").rstrip("\n") + "\n")
        command += ["-i", str(key)]
    else:
        command += ["-o", "IdentityFile=none"]
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]
    return command
