"""Find out whether a package of a JavaScript lock file comes from a registry or from elsewhere."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

_REGISTRY_WORDS = ("npm:", "workspace:", "catalog:", "patch:npm:")
_DEPTH = 2


def is_elsewhere(wanted: str) -> bool:
    """Return whether a version specifier is not a registry version but Git, a URL or a file."""
    return not wanted.startswith(_REGISTRY_WORDS) and (":" in wanted or "/" in wanted)


def real_name(name: str, wanted: str) -> str:
    """Return the name in the registry: an alias is written `npm:name@version`."""
    if not wanted.startswith("npm:"):
        return name
    hit = re.match(r"npm:((?:@[^/@\s]+/)?[^/@\s]+)(?:@|$)", wanted)
    # `npm:^1.0.0` is a version with the registry's prefix.
    return hit[1] if hit is not None and not re.match(r"[\d^~<>=*v]", hit[1]) else name


def is_registry_tarball(name: str, address: str) -> bool:
    """Return whether a URL is the package's archive in a registry: `.../name/-/name-1.0.0.tgz`, or GitHub's form."""
    if not address.startswith(("https://", "http://")):
        return False
    path = unquote(re.split(r"[?#]", address, maxsplit=1)[0]).lower()
    _, found, rest = path.rpartition(f"/{name.lower()}/-/")
    if found:
        return rest.endswith(".tgz") and rest.count("/") < _DEPTH
    return path.startswith(("https://npm.pkg.github.com/", "http://npm.pkg.github.com/")) and (
        f"/download/{name.lower()}/" in path
    )


def origin(name: str, *, wanted: str = "", resolved: Any = None) -> tuple[str, bool]:
    """Return (source, registry) of a package, as `Package` has them.

    `wanted` is the specifier in a manifest, `resolved` the URL from which the package manager installs. The URL takes
    precedence: a lock file decides what is installed.
    """
    if isinstance(resolved, str) and ":" in resolved:
        if is_registry_tarball(name, resolved):
            return ("" if resolved.startswith("https://") else resolved[:300]), True
        return resolved[:300], False
    if is_elsewhere(wanted):
        return wanted[:300], False
    return "", True
