"""The check for credentials in the repository."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from validator.findings import conclude, in_time
from validator.knowledge.secret_patterns import PATTERNS, Match, find, is_uuid, mask_strings, stars
from validator.results import CheckContext, CheckResult, Finding, Level, Rule, Severity
from validator.source import paths
from validator.source.encoding import utf8

_WHY = (
    "Everybody who can read the repository can use the credential, and Git keeps it in every clone forever, "
    "even after a later commit deletes it."
)
_FIX = (
    "Revoke the credential at its provider and create a new one. Then remove it from the file and pass it to the "
    "application as a securedConfiguration key in connect.yaml."
)
_RULES = {
    pattern.id: Rule(f"secret-{pattern.id}", f"{pattern.title} in the repository", pattern.severity, _WHY, _FIX)
    for pattern in PATTERNS
}
_LOCK_FILES = re.compile(
    r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|composer\.lock|poetry\.lock|uv\.lock"
    r"|Pipfile\.lock|gradle\.lockfile|go\.sum)$"
)
# Compressed files and images look random anyway; only credentials with a fixed prefix are searched for in them.
_BINARY = frozenset(
    {
        "png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "tif", "tiff", "pdf", "woff", "woff2", "ttf", "otf",
        "eot", "zip", "gz", "tgz", "bz2", "xz", "7z", "rar", "jar", "war", "class", "so", "dll", "exe", "wasm",
        "mp3", "mp4", "webm", "mov", "avi", "node", "pyc", "phar", "br", "zst", "svgz",
    }
)  # fmt: skip
# A key with a well-known format is one anywhere; these are recognized only by their context.
_LOOSE = frozenset({"generic-secret", "commercetools-secret", "json-web-token", "connection-string"})
_SOFTER = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE}
_SETTINGS = re.compile(
    r"(^|/)\.env[^/]*$|(^|/)(Dockerfile|Procfile|Makefile|\.npmrc|\.netrc|\.pypirc|credentials)[^/]*$"
    r"|\.(env|properties|ini|conf|cfg|toml|ya?ml|sh|bash|xml|tf|tfvars|txt)$"
)


class SecretsCheck:
    """Search every file of the commit for credentials.

    What: Keys and tokens of about forty well-known providers, private keys, addresses with a password, JSON web tokens,
    and random-looking values after a name like `secret`, `password`, `token` or `api_key`. Every file is read,
    including hidden ones, vendored packages, files that `.gitattributes` hides and files with binary content or very
    long lines. Ignore files and comments such as `gitleaks:allow` have no effect. Obvious placeholders (`your-api-key`,
    `xxxxxxxx`, `AKIAIOSFODNN7EXAMPLE`, `${VARIABLE}`) and names composed of words (`ctpAccessTokenV2`) are ignored.
    Archives and images are searched as they are and not unpacked.

    Why: Everybody who can read a repository can read the credentials in it, and they stay in its history. Connectors
    run in the projects of many customers: one leaked key can open all of them.

    Fix: Revoke the credential, create a new one, and let the application read it from a secured configuration key. The
    report never shows a credential in full: only its well-known prefix and asterisks.

    Level: Required. A value that is recognized only by the name before it is an error in the application's own files
    and a warning in tests, examples and documentation. A UUID is an identifier more often than a credential: a warning
    in the application's own files, and nothing elsewhere.
    """

    id = "secrets"
    title = "Secrets"
    level = Level.REQUIRED
    certification_only = False
    seconds = 240.0
    rules: tuple[Rule, ...] = tuple(_RULES.values())

    def run(self, context: CheckContext) -> CheckResult:
        """Search all files; memory use stays at the size of the largest file."""
        return conclude(self, self._search(context))

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        rows = paths.applications(context.tree, context.specification)
        for path in context.tree.paths():
            in_time(deadline)
            data = utf8(context.tree.read(path))
            line, seen = 1, 0
            for match in matches(data, path=path, tick=lambda: in_time(deadline)):
                line += data.count(b"\n", seen, match.start)
                seen = match.start
                yield _finding(match, data, path=path, line=line, application=paths.owner(path, rows))


def matches(data: bytes, *, path: str, tick: Callable[[], None] = lambda: None) -> Iterator[Match]:
    """Yield the credentials in a file's content, in order; `tick` is called while a large one is searched."""
    return (match for match in find(data, tick=tick) if _applies(match, data, path=path))


def _applies(match: Match, data: bytes, *, path: str) -> bool:
    if match.pattern.id not in _LOOSE:
        return True
    if paths.extension(path) in _BINARY or _LOCK_FILES.search(path):
        return False
    if is_uuid(data[match.start : match.end]) and _is_sample(path):
        return False
    # In code a value without quotes is a variable; in settings it is the value.
    quoted = data[match.start - 1 : match.start] in (b'"', b"'", b"`")
    return quoted or match.pattern.id != "generic-secret" or bool(_SETTINGS.search(path))


def _is_sample(path: str) -> bool:
    return paths.is_test(path) or paths.is_example(path)


def _finding(match: Match, data: bytes, *, path: str, line: int, application: str | None) -> Finding:
    begin = data.rfind(b"\n", 0, match.start) + 1
    before = data[max(begin, match.start - 60) : match.start].decode("utf-8", "replace").lstrip()
    value = stars(data[match.start : match.end], keep=match.pattern.keep)
    rule = _RULES[match.pattern.id]
    softer = match.pattern.id in _LOOSE and (_is_sample(path) or is_uuid(data[match.start : match.end]))
    return rule.finding(
        f"{match.pattern.title}: a secret is in the file, starting with {value}." if match.pattern.keep
        else f"{match.pattern.title}: a secret is in the file.",
        severity=_SOFTER[rule.severity] if softer else None,
        application=application,
        path=path,
        line=line,
        column=match.start - begin + 1,
        snippet=mask_strings(before) + value,
    )  # fmt: skip


check = SecretsCheck()
