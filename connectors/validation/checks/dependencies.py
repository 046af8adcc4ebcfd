"""The check of packages against known vulnerabilities (SCA)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from connectors.validation import advisories, lfs, links, lockfiles, paths
from connectors.validation.advisories import AdvisoriesError, Advisory, Source
from connectors.validation.checks.applications import manifest
from connectors.validation.findings import DidNotRun, conclude, in_time
from connectors.validation.lockfiles import LockfileError, Package, document, requirements
from connectors.validation.results import (
    Application,
    CheckContext,
    CheckResult,
    EngineSettings,
    Finding,
    Level,
    Rule,
    Severity,
    Tree,
)
from connectors.validation.secret_patterns import mask

_WHY_ADVISORY = "What is published about a vulnerability is also read by those who look for services to attack."
MALICIOUS = Rule(
    "dependency-malicious",
    "Malicious package",
    Severity.ERROR,
    "The package was made or taken over to steal from those who install it.",
    "Remove the package, and change every credential of machines on which it was installed.",
)
CRITICAL = Rule(
    "dependency-critical",
    "Dependency with a critical vulnerability",
    Severity.ERROR,
    _WHY_ADVISORY,
    "Update the package.",
)
HIGH = Rule(
    "dependency-high",
    "Dependency with a vulnerability of high severity",
    Severity.ERROR,
    _WHY_ADVISORY,
    "Update the package.",
)
MODERATE = Rule(
    "dependency-moderate",
    "Dependency with a vulnerability of moderate severity",
    Severity.WARNING,
    _WHY_ADVISORY,
    "Update the package.",
)
LOW = Rule(
    "dependency-low",
    "Dependency with a vulnerability of low severity",
    Severity.NOTE,
    _WHY_ADVISORY,
    "Update the package.",
)
UNKNOWN = Rule(
    "dependency-unrated",
    "Dependency with a vulnerability that nobody has rated",
    Severity.WARNING,
    _WHY_ADVISORY,
    "Read the advisory and update the package.",
)
NO_LOCK = Rule(
    "dependency-lock-missing",
    "Lock file missing",
    Severity.ERROR,
    "Without a lock file each build may install other versions, so nobody can say what runs or whether it is safe.",
    "Commit the lock file of your package manager beside the manifest.",
)
BAD_LOCK = Rule(
    "dependency-lock-invalid",
    "Lock file that cannot be read",
    Severity.ERROR,
    "What a lock file does not tell cannot be checked.",
    "Let the package manager write the file again.",
)
NOT_PINNED = Rule(
    "dependency-not-pinned",
    "Dependency without an exact version",
    Severity.WARNING,
    "Each build may install another version, so nobody can say what runs.",
    "Pin it with == or commit a lock file.",
)
SOURCE = Rule(
    "dependency-source",
    "Dependency from an unusual place",
    Severity.WARNING,
    "No advisory names packages from a Git repository or a plain address, and http can be changed on the way.",
    "Install a published version over https.",
)
VENDORED = Rule(
    "dependency-vendored",
    "Installed packages in the repository",
    Severity.WARNING,
    "Copies are not updated with their packages, and nobody reviews their code.",
    "Delete the folder, add it to .gitignore, and let the build install from the lock file.",
)
DIRECT_ONLY = Rule(
    "dependency-direct-only",
    "Only direct dependencies are known",
    Severity.NOTE,
    "What they bring with them is decided at build time and could not be checked.",
    "Commit a gradle.lockfile; Maven has no lock file, so let your own build check the whole list.",
)

_BY_SEVERITY = {"critical": CRITICAL, "high": HIGH, "moderate": MODERATE, "low": LOW, "unknown": UNKNOWN}
# What only building and testing needs does not run in a customer's project.
_SOFTER = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE, Severity.NOTE: Severity.NOTE}
_NODE_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
_PYTHON_LOCKS = re.compile(
    r"(poetry|uv|pdm)\.lock|pylock(\.[\w-]+)?\.toml|Pipfile\.lock|requirements[\w.-]*\.(txt|lock)"
)
NO_SOURCE = (
    "No advisory source is configured, so packages were not compared with known vulnerabilities. "
    "The operator sets the address of an OSV service or a folder with OSV files."
)


@dataclass
class _Read:
    """What the lock files say: packages by file, and findings about the files themselves."""

    packages: dict[str, list[Package]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


class DependenciesCheck:
    """Compare the packages in lock files with known vulnerabilities.

    What: Every package-lock.json, npm-shrinkwrap.json, yarn.lock, pnpm-lock.yaml, composer.lock, poetry.lock, uv.lock,
    pdm.lock, pylock.toml, Pipfile.lock, requirements.txt and gradle.lockfile is read, and the direct dependencies of
    pom.xml and build.gradle. No package manager is run and nothing is installed. The packages are compared with the
    advisories of an OSV service or of an offline folder with OSV files. A manifest with dependencies and no lock file
    beside it or above it, a lock file that cannot be read, packages from Git or over http, and committed folders of
    installed packages are found too.

    Why: Most of the code of a connector comes from packages. Their vulnerabilities are public, and so is the way to use
    them.

    Fix: Update to the version that the finding names. When a vulnerable package comes with another one, update that
    one, or use the overrides of your package manager.

    Level: Required. Critical and high are errors, moderate and unrated are warnings, low is a note; one step lower for
    packages that only building and testing needs. When the source of advisories does not answer, the check did not run
    and the request fails, which is our fault and not the developer's. An installation without any source runs the rest
    of the check and says so; the check is then advisory.
    """

    id = "dependencies"
    title = "Dependencies"
    level = Level.REQUIRED
    certification_only = False
    seconds = 180.0
    rules: tuple[Rule, ...] = (
        MALICIOUS, CRITICAL, HIGH, MODERATE, LOW, UNKNOWN, NO_LOCK, BAD_LOCK, NOT_PINNED, SOURCE, VENDORED, DIRECT_ONLY,
    )  # fmt: skip

    def run(self, context: CheckContext) -> CheckResult:
        """Read the lock files, then ask the source of advisories once for all of them."""
        source = sources(context.settings)
        return conclude(
            self,
            self._search(context, source),
            level=None if source else Level.ADVISORY,
            tool=source[0].name if source else "",
        )

    def _search(self, context: CheckContext, source: Sequence[Source]) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        applications = paths.applications(context.tree, context.specification)
        tree = links.Followed(context.tree)
        read = _read(tree, applications, deadline)
        yield from read.findings
        if not source:
            raise DidNotRun(NO_SOURCE)
        known = _ask(source, [package for rows in read.packages.values() for package in rows], deadline)
        for path, packages in read.packages.items():
            in_time(deadline)
            content = tree.read(path, lockfiles.MAX_BYTES)
            for package in dict.fromkeys(packages):
                for advisory in known.get(package, ()):
                    yield _finding(advisory, package, path=path, content=content, applications=applications)


def sources(settings: EngineSettings) -> tuple[Source, ...]:
    """Return the configured sources of advisories: the service first, the folder when it does not answer."""
    service = (advisories.Api(settings.osv_api_url),) if settings.osv_api_url else ()
    folder = (advisories.Folder(settings.osv_folder),) if settings.osv_folder else ()
    return (*service, *folder)


def _ask(
    source: Sequence[Source], packages: Sequence[Package], deadline: float
) -> Mapping[Package, Sequence[Advisory]]:
    # A version that is no version (a branch, a file) cannot be looked up; SOURCE tells about it.
    wanted = list(dict.fromkeys(package for package in packages if re.match(r"\d", package.version)))
    if not wanted:
        return {}
    problem = ""
    for each in source:
        try:
            return each.find(wanted, deadline=deadline)
        except AdvisoriesError as error:
            problem = str(error)
    raise DidNotRun(problem)


def _read(tree: Tree, applications: Sequence[Application], deadline: float) -> _Read:
    read = _Read()
    files = frozenset(tree.paths())
    vendored: set[str] = set()
    for path in tree.paths():
        in_time(deadline)
        if paths.is_vendored(path):
            hit = re.search(r"^(.*?(?:^|/)(?:node_modules|vendor|site-packages))/", path)
            if hit and not paths.is_test(path):
                vendored.add(hit[1])
            continue
        _read_file(tree, path, applications, files, read)
    for folder in sorted(vendored):
        read.findings.append(
            VENDORED.finding(
                f"{folder}/ holds installed packages.",
                path=f"{folder}/",
                application=paths.owner(folder + "/", applications),
            )
        )
    return read


def _read_file(tree: Tree, path: str, applications: Sequence[Application], files: frozenset[str], read: _Read) -> None:
    name = PurePosixPath(path).name
    application = paths.owner(path, applications)
    quiet = paths.is_test(path) or paths.is_example(path)
    if name in ("package.json", "composer.json", "pyproject.toml", "Pipfile", "build.gradle", "build.gradle.kts"):
        read.findings += _lock_missing(tree, path, application, files, quiet=quiet)
    parse = lockfiles.parser(name)
    if parse is None or quiet or (name.startswith("build.gradle") and _beside(path, ("gradle.lockfile",), files)):
        return
    try:
        if tree.size(path) > lockfiles.MAX_BYTES:
            raise LockfileError(f"The file has more than {lockfiles.MAX_BYTES // 1_000_000} MB.")
        data = tree.read(path)
        if lfs.is_pointer(data):
            raise LockfileError(lfs.told(path))
        found = parse(data)
    except LockfileError as error:
        read.findings.append(BAD_LOCK.finding(str(error), path=path, application=application))
        return
    read.packages[path] = found
    for package in dict.fromkeys(package for package in found if package.source):
        read.findings.append(_from_elsewhere(package, path, data, application))
    if name == "pom.xml" and found:
        read.findings.append(
            DIRECT_ONLY.finding(
                "Only the direct dependencies of pom.xml were checked.", path=path, application=application
            )
        )
    if parse is requirements.parse:
        read.findings += _unpinned(data, path, application)


def _unpinned(data: bytes, path: str, application: str | None) -> Iterator[Finding]:
    for line, name, address in requirements.unpinned(data):
        if address:
            yield SOURCE.finding(
                f"{name} is installed from {_without_password(address)}.",
                path=path,
                line=line,
                application=application,
                snippet=name,
            )
        else:
            yield NOT_PINNED.finding(
                f"{name} has no exact version.", path=path, line=line, application=application, snippet=name
            )


def _without_password(address: str) -> str:
    return mask(re.sub(r"//[^/@]*@", "//", address))


def _from_elsewhere(package: Package, path: str, data: bytes, application: str | None) -> Finding:
    return SOURCE.finding(
        f"{package.name} is installed from {_without_password(package.source)}.",
        path=path,
        line=_line(data, package),
        application=application,
        snippet=package.name,
    )


def _lock_missing(
    tree: Tree, path: str, application: str | None, files: frozenset[str], *, quiet: bool
) -> Iterator[Finding]:
    """Yield a finding when a manifest has dependencies and no lock file is beside it or above it."""
    name = PurePosixPath(path).name
    if quiet or not _has_dependencies(tree, path):
        return
    if name == "package.json":
        missing = not _above(path, _NODE_LOCKS, files)
    elif name == "composer.json":
        missing = not _beside(path, ("composer.lock",), files)
    elif name.startswith("build.gradle"):
        missing = not _beside(path, ("gradle.lockfile",), files)
    else:
        folder = path.removesuffix(name)
        near = [other[len(folder) :] for other in files if other.startswith(folder)]
        missing = not any(_PYTHON_LOCKS.fullmatch(other) for other in near)
    if missing:
        # Outside an application nothing is deployed, and Gradle's lock file is an option that few know.
        softer = application is None or name.startswith("build.gradle")
        instead = links.told_instead(
            tree, fits=lambda other: _is_lock(other) and PurePosixPath(other).parent == PurePosixPath(path).parent
        )
        yield NO_LOCK.finding(
            f"{path} has dependencies, but there is no lock file. {instead}".strip(),
            path=path,
            application=application,
            severity=Severity.WARNING if softer else None,
        )


def _is_lock(path: str) -> bool:
    name = PurePosixPath(path).name
    return name in (*_NODE_LOCKS, "composer.lock", "gradle.lockfile") or _PYTHON_LOCKS.fullmatch(name) is not None


def _has_dependencies(tree: Tree, path: str) -> bool:
    name = PurePosixPath(path).name
    if name.endswith(".json"):
        content = manifest(tree, path) or {}
        keys = (
            ("dependencies", "devDependencies", "optionalDependencies")
            if name == "package.json"
            else ("require", "require-dev")
        )
        names = [package for key in keys if isinstance(content.get(key), dict) for package in content[key]]
        return any(name == "package.json" or "/" in package for package in names)
    if tree.size(path) > lockfiles.MAX_BYTES:
        return False
    data = tree.read(path)
    try:
        if name.startswith("build.gradle"):
            parse = lockfiles.parser(name)
            return bool(parse and parse(data))
        table = document.toml_table(data)
    except LockfileError:
        return False
    project, tool = table.get("project"), table.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    own = poetry.get("dependencies") if isinstance(poetry, dict) else None
    return bool(
        (isinstance(project, dict) and project.get("dependencies"))
        or (isinstance(own, dict) and set(own) - {"python"})
        or (name == "Pipfile" and table.get("packages"))
    )


def _beside(path: str, names: Sequence[str], files: frozenset[str]) -> bool:
    folder = path.removesuffix(PurePosixPath(path).name)
    return any(folder + name in files for name in names)


def _above(path: str, names: Sequence[str], files: frozenset[str]) -> bool:
    """Say whether a file is in the folder or in one above it: workspaces have one lock file at their root."""
    return any(
        (name if str(folder) == "." else f"{folder}/{name}") in files
        for folder in PurePosixPath(path).parents
        for name in names
    )


def _line(content: bytes, package: Package) -> int | None:
    """Return the first line of a lock file that names the package together with its version, or its name alone."""
    name = re.escape(package.name.rpartition(":")[2])
    if package.ecosystem == "PyPI":
        # One name in several spellings: the package's is the normal one, the file's need not be.
        name = re.sub(r"(?:\\?[-_.])+", "[-_.]+", name)
    case = re.IGNORECASE if package.ecosystem in ("PyPI", "Packagist") else re.NOFLAG
    near = rf"{name}[\"'@:=/ ]{{1,4}}[^\n]{{0,20}}{re.escape(package.version)}"
    for pattern in (near, f'node_modules/{name}"', f'"{name}"', f"{name}@", name):
        if (hit := re.search(pattern.encode(), content, case)) is not None:
            return content.count(b"\n", 0, hit.start()) + 1
    return None


def _finding(
    advisory: Advisory, package: Package, *, path: str, content: bytes, applications: Sequence[Application]
) -> Finding:
    rule = MALICIOUS if advisory.malicious else _BY_SEVERITY[advisory.severity]
    names = ", ".join((advisory.id, *advisory.aliases[:3]))
    if advisory.malicious:
        fix = MALICIOUS.fix
    elif advisory.fixed:
        fix = f"Update {package.name} to {advisory.fixed} or later."
    else:
        fix = (
            f"No fixed version of {package.name} is known: replace it, or explain to the reviewer why it is safe here."
        )
    softer = package.development and not advisory.malicious
    use = " (development only)" if package.development else ""
    return rule.finding(
        f"{package.name} {package.version}{use}: {advisory.summary or 'known vulnerability'} ({names}).",
        severity=_SOFTER[rule.severity] if softer else None,
        fix=fix,
        application=paths.owner(path, applications),
        path=path,
        line=_line(content, package),
        snippet=f"{package.name} {package.version}",
        package=package.purl,
        advisory=advisory.id,
    )


check = DependenciesCheck()
